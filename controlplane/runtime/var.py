"""The folder in which a running Purser keeps everything of its own: `var` beside `manage.py`."""

import os
import tempfile
from pathlib import Path

from controlplane.runtime.problem import CannotStart
from dataplane.contract.credentials import new_sealing_key

VARIABLE = "PURSER_VAR_DIR"
DEFAULT = Path(__file__).resolve().parent.parent.parent / "var"


def chosen_folder(option: str | None) -> Path:
    """`--var` if given, else `PURSER_VAR_DIR`, else the default; absolute."""
    chosen = option or os.environ.get(VARIABLE) or DEFAULT
    return Path(chosen).expanduser().resolve()


def prepare(folder: Path) -> None:
    """Makes the folder and makes sure that it can be written to."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise CannotStart(f"The folder {folder} cannot be written to: {error.strerror}.") from error


def ensure_secret_files(folder: Path) -> None:
    """Names a file for each of our own secrets that the environment does not give.

    The file rather than its content goes into the environment, which other programs may print.
    """
    _ensure_secret_file("PURSER_SECRET_KEY", folder / "secrets" / "secret_key")
    _ensure_secret_file("PURSER_SEALING_KEY", folder / "secrets" / "sealing_key")


def _ensure_secret_file(variable: str, path: Path) -> None:
    if os.environ.get(variable) or os.environ.get(f"{variable}_FILE"):
        return
    if not path.exists():
        prepare(path.parent)
        write_privately(path, new_sealing_key() + "\n")
    os.environ[f"{variable}_FILE"] = str(path)


def write_privately(path: Path, text: str) -> None:
    """Writes a file that only we can read (0600), whole or not at all."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
