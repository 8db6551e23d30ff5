"""Virtual environments: one for ``./dev`` itself and one per series of Odoo.

Each is named by a hash of its requirements, so that a changed pin makes a new one.
uv installs in seconds; where it cannot reach the index that pip is set up with, pip
does the same work slower. The machine's own pip and uv configuration decides where
packages come from.
"""

import os
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from . import cache, debian, run
from .console import step, warn
from .odoo_source import Source

REQUIREMENTS = cache.CHECKOUT / "requirements"
KEPT = 6


@dataclass(frozen=True)
class Venv:
    path: Path

    @property
    def python(self) -> Path:
        return self.path / "bin" / "python"

    @property
    def site_packages(self) -> Path:
        version = "python{}.{}".format(*sys.version_info[:2])
        return self.path / "lib" / version / "site-packages"


def tools() -> Venv:
    """The environment that ``./dev`` runs in: uv, pre-commit, psycopg2, polib."""
    wanted = REQUIREMENTS / "tools.txt"
    path = _path("tools", wanted.read_bytes())
    if not cache.is_complete(path):
        with step("tools"):
            cache.build(path, lambda target: _make_tools(target, wanted))
    cache.touch(path)
    return Venv(path)


def odoo(source: Source) -> Venv:
    """The environment of one series, with Odoo's source on its path."""
    plain, oca = requirement_files(source.series)
    content = b"".join(path.read_bytes() for path in (*plain, oca))
    path = _path(source.series, content, str(source.path))
    if not cache.is_complete(path):
        with step(f"Python packages for Odoo {source.series}"):
            cache.build(path, lambda target: _make_odoo(target, source, plain, oca))
        cache.prune(path.parent, KEPT)
    cache.touch(path)
    return Venv(path)


def requirement_files(series: str) -> tuple[list[Path], Path]:
    """The requirements of ``series``: ordinary ones, and OCA's addons."""
    runtime = cache.CHECKOUT / "requirements.txt"
    if series != "17.0":
        runtime = REQUIREMENTS / f"{series}.txt"
    return [runtime, REQUIREMENTS / "test.txt"], REQUIREMENTS / f"oca-{series}.txt"


def runtime_hash(source: Source) -> str:
    """A hash of what a database of this series is installed with."""
    (runtime, _test), oca = requirement_files(source.series)
    return cache.short_hash(runtime.read_bytes(), oca.read_bytes(), str(source.path))


def _path(name: str, *content: str | bytes) -> Path:
    interpreter = f"{sys.version_info[:2]} {sysconfig.get_platform()} {sys.base_prefix}"
    key = cache.short_hash(interpreter, *content)
    return cache.folder("venvs") / f"{name}-{key}"


def _make_tools(target: Path, wanted: Path) -> None:
    _create(target)
    run.quiet(
        [Venv(target).python, "-m", "pip", "install", "--quiet", "-r", wanted],
        what="installing the tools",
        tries=3,
    )


def _make_odoo(target: Path, source: Source, plain: list[Path], oca: Path) -> None:
    _create(target)
    venv = Venv(target)
    _install(venv, *(part for path in plain for part in ("-r", str(path))))
    _install(venv, "--no-deps", "-r", str(oca))
    (venv.site_packages / "odoo_source.pth").write_text(f"{source.path}\n")
    run.quiet(
        [venv.python, "-c", "import odoo.release, lxml.etree, psycopg2, gevent"],
        what=f"trying the environment of Odoo {source.series}",
    )


def _install(venv: Venv, *arguments: str) -> None:
    """Install with uv; where that fails, with pip."""
    uv = tools().path / "bin" / "uv"
    with_uv = subprocess.run(
        [uv, "pip", "install", "--quiet", "--python", venv.python, *arguments],
        env=_uv_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if with_uv.returncode == 0:
        return
    warn(f"uv could not install, trying pip: {with_uv.stderr.strip()[-300:]}")
    run.quiet(
        [venv.python, "-m", "pip", "install", "--quiet", *arguments],
        what="installing Python packages",
        tries=3,
    )


def _uv_environment() -> dict[str, str]:
    """The environment for uv, told of pip's index where it has none of its own."""
    environment = dict(os.environ)
    told = {"UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "UV_CONFIG_FILE"}
    if told.isdisjoint(environment):
        known = run.quiet(
            [tools().python, "-m", "pip", "config", "list"], what="reading pip's set-up"
        )
        for line in known.splitlines():
            name, _, value = line.partition("=")
            if name.endswith(".index-url"):
                environment["UV_DEFAULT_INDEX"] = value.strip("'\"")
    return environment


def _create(target: Path) -> None:
    """Make an environment with pip in it, also where Debian left out ensurepip."""
    interpreter = Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info[1]}"
    base = interpreter if interpreter.exists() else Path(sys.executable)
    run.quiet(
        [base, "-m", "venv", "--without-pip", target], what="creating an environment"
    )
    wheel = _pip_wheel()
    run.quiet(
        [Venv(target).python, wheel / "pip", "install", "--quiet", "--no-index", wheel],
        what="putting pip into the environment",
    )


def _pip_wheel() -> Path:
    """A wheel of pip: Python's own, the machine's, or one from Debian's package."""
    bundled = Path(sysconfig.get_path("stdlib")) / "ensurepip" / "_bundled"
    unpacked = cache.root() / "debian-pip"
    shared = Path("usr/share/python-wheels")
    for place in (bundled, "/" / shared, unpacked / shared):
        wheels = sorted(Path(place).glob("pip-*.whl"))
        if wheels:
            return wheels[-1]
    cache.build(
        unpacked, lambda path: debian.this_release().unpack(["python3-pip-whl"], path)
    )
    return next((unpacked / shared).glob("pip-*.whl"))
