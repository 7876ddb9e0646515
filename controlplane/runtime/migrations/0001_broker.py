"""The tables of Celery's default broker, as kombu's SQLAlchemy transport declares them.

It would create them itself; but then worker and beat, starting together, get in each other's way.
"""

from django.db import migrations

CREATE = """
CREATE SEQUENCE queue_id_sequence;
CREATE SEQUENCE message_id_sequence;
CREATE TABLE kombu_queue (
    id integer PRIMARY KEY DEFAULT nextval('queue_id_sequence'),
    name varchar(200) UNIQUE
);
CREATE TABLE kombu_message (
    id integer PRIMARY KEY DEFAULT nextval('message_id_sequence'),
    visible boolean,
    timestamp timestamp without time zone,
    payload text NOT NULL,
    version smallint NOT NULL,
    queue_id integer CONSTRAINT "FK_kombu_message_queue" REFERENCES kombu_queue (id)
);
CREATE INDEX ix_kombu_message_visible ON kombu_message (visible);
CREATE INDEX ix_kombu_message_timestamp ON kombu_message (timestamp);
CREATE INDEX ix_kombu_message_timestamp_id ON kombu_message (timestamp, id);
"""

DROP = """
DROP TABLE kombu_message;
DROP TABLE kombu_queue;
DROP SEQUENCE message_id_sequence;
DROP SEQUENCE queue_id_sequence;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [migrations.RunSQL(CREATE, DROP)]
