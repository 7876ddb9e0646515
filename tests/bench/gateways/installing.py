"""Installing peers: each into a folder of its own, once, at one version."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.bench.gateways.missing import Missing

INSTALL_SECONDS_MAX = 900
LINES_SHOWN = 2
CHARACTERS_SHOWN = 120


def python_program(cache: Path, name: str, requirement: str) -> Path:
    """A virtual environment with one requirement from PyPI; returns its folder of programs."""

    def make(folder: Path) -> None:
        run([sys.executable, "-m", "venv", str(folder)])
        run([str(folder / "bin" / "pip"), "install", "--quiet", requirement])

    return _once(cache / name, requirement, make) / "bin"


def node_package(cache: Path, name: str, package: str, version: str, **overrides: str) -> Path:
    """A package from npm, with these versions below it; returns the folder of modules."""
    npm = find_program("npm")
    manifest = json.dumps({"dependencies": {package: version}, "overrides": overrides})

    def make(folder: Path) -> None:
        folder.mkdir(parents=True)
        (folder / "package.json").write_text(manifest)
        options = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
        run([npm, "install", "--prefix", str(folder), "--legacy-peer-deps", *options])

    return _once(cache / name, manifest, make) / "node_modules"


def debian_package(cache: Path, package: str) -> Path:
    """A package of Debian, unpacked and not installed, so that no service is started."""

    def make(folder: Path) -> None:
        folder.mkdir(parents=True)
        # The sandboxed user of apt may not write to every folder.
        download = [find_program("apt-get"), "-o", "APT::Sandbox::User=root", "download", package]
        try:
            run(download, folder)
        except Missing:
            # A fresh machine has no lists of packages yet.
            run([find_program("apt-get"), "update"])
            run(download, folder)
        for archive in folder.glob("*.deb"):
            run([find_program("dpkg-deb"), "--extract", str(archive), str(folder)])

    return _once(cache / package, package, make)


def find_program(name: str) -> str:
    """Its path; `/usr/sbin` is looked through, too."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        raise Missing(f"there is no {name} on this machine")
    return found


def run(command: Sequence[str], folder: Path | None = None) -> str:
    """What a command prints. Raises `Missing` with its first complaints if it fails."""
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            check=False,
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS_MAX,
        )
    except subprocess.TimeoutExpired as error:
        program = Path(command[0]).name
        raise Missing(f"{program} took longer than {INSTALL_SECONDS_MAX} s") from error
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines()
        said = [line for line in lines if "warn" not in line.lower()] or ["it said nothing"]
        shown = " / ".join(line[:CHARACTERS_SHOWN] for line in said[:LINES_SHOWN])
        raise Missing(f"{Path(command[0]).name} failed: {shown}")
    return done.stdout


def _once(folder: Path, requirement: str, make: Callable[[Path], None]) -> Path:
    """Makes the folder unless it holds exactly this requirement, whole."""
    mark = folder / "installed"
    if not mark.exists() or mark.read_text() != requirement:
        shutil.rmtree(folder, ignore_errors=True)
        make(folder)
        mark.write_text(requirement)
    return folder
