"""As whom PostgreSQL runs: as ourselves, or, as it refuses to run as root, as a user of its own."""

import logging
import os
import pwd
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from controlplane.runtime.problem import CannotStart

logger = logging.getLogger(__name__)

NAME = "pgserver"
CREATION_SECONDS_MAX = 30


@dataclass(frozen=True)
class ServerUser:
    """The account that owns the server's files."""

    uid: int
    gid: int

    @property
    def is_another(self) -> bool:
        return self.uid != os.geteuid()

    def popen_options(self) -> dict[str, Any]:
        """What `subprocess` needs to run a program as this user."""
        if not self.is_another:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def make_folder(self, folder: Path) -> None:
        """A folder only this user (and root) can look into: the server's clients need no password.

        Refuses a folder that somebody else prepared, as one might in `/tmp`.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.is_another and folder.lstat().st_uid == os.geteuid():
            os.chown(folder, self.uid, self.gid)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != self.uid:
            raise CannotStart(f"The folder {folder} belongs to another user.")
        if stat.S_IMODE(found.st_mode) != 0o700:
            folder.chmod(0o700)

    def let_through(self, path: Path) -> None:
        """Lets another user pass (not list) the folders above `path`."""
        opened = [folder for folder in path.parents if self.is_another and not _is_passable(folder)]
        for folder in opened:
            folder.chmod(stat.S_IMODE(folder.stat().st_mode) | stat.S_IXOTH)
        if opened:
            names = ", ".join(map(str, opened))
            logger.info("The system user '%s' may now pass through %s.", NAME, names)

    def let_read(self, root: Path) -> None:
        """Lets another user read and run what is in `root`."""
        for path in [root, *root.rglob("*")] if self.is_another and root.exists() else ():
            mode = stat.S_IMODE(path.stat().st_mode)
            runnable = stat.S_IXOTH if mode & stat.S_IXUSR else 0
            if (wanted := mode | stat.S_IROTH | runnable) != mode:
                path.chmod(wanted)


def _is_passable(folder: Path) -> bool:
    return bool(folder.stat().st_mode & stat.S_IXOTH)


def find_or_create() -> ServerUser:
    """Ourselves; for root the system user `pgserver`, created if need be."""
    if os.geteuid() != 0:
        return ServerUser(os.geteuid(), os.getegid())
    try:
        entry = pwd.getpwnam(NAME)
    except KeyError:
        _create()
        entry = pwd.getpwnam(NAME)
    return ServerUser(entry.pw_uid, entry.pw_gid)


def _create() -> None:
    command = ["useradd", "--system", "--user-group", "--no-create-home", NAME]
    try:
        subprocess.run(
            command, check=True, capture_output=True, text=True, timeout=CREATION_SECONDS_MAX
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise CannotStart(
            "PostgreSQL does not run as root, and the system user 'pgserver' for it could not be"
            f" created ({' '.join(command)}); start as an ordinary user, or set DATABASE_URL."
        ) from error
