"""What only SQL can say: an index for each common number of dimensions, and leases without a log.

Which scope an entry is of tells its customer, its embedder and its dimensions; the planner is told
so, or it would take a large scope for a small one.
"""

from django.db import migrations

DIMENSIONS = (256, 384, 512, 768, 1024, 1536, 3072)
INDEX = """
    CREATE INDEX cache_entry_embedding_{0} ON caching_cacheentry
    USING hnsw ((embedding::halfvec({0})) halfvec_cosine_ops) WHERE dimensions = {0}
"""
DROP = "DROP INDEX cache_entry_embedding_{0}"
STATISTICS = """
    CREATE STATISTICS caching_cacheentry_scope (dependencies)
    ON customer_id, scope, embedder, dimensions FROM caching_cacheentry
"""


class Migration(migrations.Migration):
    dependencies = [("caching", "0003_measured")]
    operations = [
        migrations.RunSQL(
            "UPDATE caching_cacheentry SET dimensions = vector_dims(embedding)"
            " WHERE embedding IS NOT NULL",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(
            [INDEX.format(each) for each in DIMENSIONS], [DROP.format(each) for each in DIMENSIONS]
        ),
        migrations.RunSQL(STATISTICS, "DROP STATISTICS caching_cacheentry_scope"),
        migrations.RunSQL("ALTER TABLE caching_cachelease SET UNLOGGED", migrations.RunSQL.noop),
    ]
