"""Settings from the environment: what is wrong is told in one sentence that names it."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from controlplane import environment


def test_a_whole_number_is_read_or_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PURSER_X_MAX", "7")
    assert environment.env_int("PURSER_X_MAX", default=1) == 7

    monkeypatch.setenv("PURSER_X_MAX", "-1")
    with pytest.raises(ImproperlyConfigured, match=r"^PURSER_X_MAX must be a whole number"):
        environment.env_int("PURSER_X_MAX", default=1)


def test_a_secret_may_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from the file\n")
    monkeypatch.setenv("PURSER_X_FILE", str(tmp_path / "key"))

    assert environment.env_secret("PURSER_X", default="") == "from the file"


def test_a_secret_file_that_cannot_be_read_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PURSER_X_FILE", str(tmp_path / "missing"))

    with pytest.raises(ImproperlyConfigured, match=r"^PURSER_X_FILE cannot be read: No such file"):
        environment.env_secret("PURSER_X", default="")


@pytest.mark.parametrize("key", ["not base64!", "c2hvcnQ="])
def test_a_sealing_key_that_seals_nothing_is_refused(
    monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("PURSER_SEALING_KEY", key)

    with pytest.raises(ImproperlyConfigured, match=r"^PURSER_SEALING_KEY") as refused:
        environment.env_sealing_key()
    assert key not in str(refused.value)


@pytest.mark.parametrize(
    "url", ["mysql://u:hunter2@h/d", "postgresql://u:hunter2@h/d?nonsense=1", "hunter2"]
)
def test_a_wrong_database_url_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^DATABASE_URL") as refused:
        environment.database_settings(url)
    assert "hunter2" not in str(refused.value)


def test_an_origin_needs_a_scheme(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PURSER_X", "https://a.example, b.example")

    with pytest.raises(ImproperlyConfigured, match=r"'b\.example'"):
        environment.env_origins("PURSER_X")


@pytest.mark.parametrize(
    ("database", "redis", "broker"),
    [
        ("postgresql://u@/d?host=/a%20b", "", "sqla+postgresql+psycopg://u@/d?host=/a%20b"),
        ("postgres://u:p@h:1/d", "", "sqla+postgresql+psycopg://u:p@h:1/d"),
        ("postgresql://u@/d", "redis://r/0", "redis://r/0"),
        ("", "", "memory://"),
    ],
)
def test_the_broker_is_the_database_unless_there_is_redis(
    database: str, redis: str, broker: str
) -> None:
    assert environment.broker_url(database, redis) == broker
