"""Databases: templates that are installed once, and clones that are cheap.

Two templates a series: *base* holds the third-party modules; *full* is a clone of it
with our addons installed. Each is named by a hash of what is in it. A session-level
advisory lock tells which databases are in use, so that leftovers of killed runs can
be told from those that live.
"""

import contextlib
import re
import secrets
import shutil
import tempfile
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import psycopg2
from psycopg2 import errors, sql

from . import addons, cache, conf, run, venvs
from .console import DevError, step
from .postgres import Server
from .series import Series, environment

PREFIX = "fs"
KEPT_TEMPLATES = 6
IDLE_SECONDS = 3600
# The first becomes the default of users and partners.
LANGUAGES = "en_US,de_DE,fr_FR"


class Databases:
    """The databases of one series on one server."""

    def __init__(self, series: Series, server: Server):
        self.series = series
        self.server = server
        self._stem = f"{PREFIX}{series.major}"

    @contextlib.contextmanager
    def scratch(
        self,
        purpose: str,
        modules: Iterable[str] | None = None,
        *,
        template: str | None = None,
    ) -> Iterator[str]:
        """The name of a fresh clone of a template; dropped in the end."""
        name = f"{self._stem}_run_{purpose}_{secrets.token_hex(4)}"
        with self._claimed(name):
            self.drop_leftovers()
            self.clone(template or self.template(modules), name)
            try:
                yield name
            finally:
                self.drop(name)

    def template(self, modules: Iterable[str] | None = None) -> str:
        """The template with ``modules`` (default: all our addons) installed."""
        ours = addons.with_our_dependencies(
            addons.names() if modules is None else modules
        )
        base = self._base()
        if not ours:
            return base
        key = cache.short_hash(base, addons.content_hash(ours), *ours)
        name = f"{self._stem}_full_{key}"
        title = f"{', '.join(ours)} in a template of {self.series.name}"
        return self._made(name, base, title, lambda one: self.install(one, ours))

    def derived(self, key: str, what: str, make: Callable[[str], None]) -> str:
        """A template made by ``make(name)`` on a clone of the full template."""
        full = self.template()
        name = f"{self._stem}_full_{cache.short_hash(full, key)}"
        return self._made(
            name, full, f"{what} in a template of {self.series.name}", make
        )

    def _base(self) -> str:
        third_party = addons.third_party_modules()
        runtime = venvs.runtime_hash(self.series.source)
        name = f"{self._stem}_base_{cache.short_hash(runtime, LANGUAGES, *third_party)}"
        title = f"{len(third_party)} modules and theirs in a template of "
        title += self.series.name
        return self._made(name, None, title, lambda one: self.install(one, third_party))

    def _made(
        self, name: str, origin: str | None, title: str, make: Callable[[str], None]
    ) -> str:
        with cache.lock(f"template-{name}", waiting_for=title):
            if not self.exists(name):
                fresh = f"{name}_new"
                with step(title), self._claimed(fresh):
                    self.drop(fresh)
                    if origin:
                        self.clone(origin, fresh)
                    else:
                        self.create(fresh)
                    make(fresh)
                    self._note_use(fresh)
                    self._rename(fresh, name)
                self._prune_templates()
            self._note_use(name)
        return name

    def install(self, name: str, modules: Iterable[str], *, update: bool = False):
        """Install (or update) modules into a database, with Odoo's own command."""
        verb = "--update" if update else "--init"
        # Loading a language loads it for every module, so that is done once; later
        # modules bring their translations along.
        languages = [] if self._has_odoo(name) else [f"--load-language={LANGUAGES}"]
        with tempfile.TemporaryDirectory(dir=cache.folder("tmp")) as scratch:
            config = conf.write(
                Path(scratch) / "odoo.conf", self.series, self.server, database=name
            )
            command = self.series.odoo(
                f"--config={config}",
                f"--database={name}",
                f"{verb}={','.join(modules)}",
                "--without-demo=True"
                if self.series.major > 17
                else "--without-demo=all",
                *languages,
                "--stop-after-init",
                "--no-http",
                "--log-level=warn",
            )
            log = cache.folder("logs") / f"install-{name}.log"
            output = run.quiet(
                command,
                what=f"installing into {name}",
                env={**environment(), **self.server.environment},
                cwd=Path(scratch),
                log=log,
            )
        _refuse_errors(output, name)

    def exists(self, name: str) -> bool:
        query = "SELECT 1 FROM pg_database WHERE datname = %s"
        return bool(self._all(query, name))

    def _has_odoo(self, name: str) -> bool:
        with contextlib.closing(self.connect(name)) as connection:
            cursor = connection.cursor()
            cursor.execute("SELECT to_regclass('ir_module_module')")
            return cursor.fetchone()[0] is not None

    def create(self, name: str) -> None:
        """An empty database with the extensions that Odoo uses."""
        self._do(
            sql.SQL(
                "CREATE DATABASE {} TEMPLATE template0"
                " ENCODING 'unicode' LC_COLLATE 'C'"
            ).format(sql.Identifier(name))
        )
        with contextlib.closing(self.connect(name)) as connection:
            cursor = connection.cursor()
            for extension in ("pg_trgm", "unaccent"):
                with contextlib.suppress(
                    errors.InsufficientPrivilege, errors.FeatureNotSupported
                ):
                    cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")

    def clone(self, origin: str, name: str) -> None:
        """Copy a database with its files."""
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(origin)
        )
        with cache.lock(f"clone-{origin}"):
            for _ in range(50):
                try:
                    self._do(statement)
                    break
                except errors.ObjectInUse:
                    time.sleep(0.2)
            else:
                self._do(statement)
        files = self._files(origin)
        if files.is_dir():
            shutil.copytree(files, self._files(name), dirs_exist_ok=True)

    def drop(self, name: str) -> None:
        """Drop a database and its files, also under its users' hands."""
        self._do(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(
                sql.Identifier(name)
            )
        )
        shutil.rmtree(self._files(name), ignore_errors=True)

    def drop_leftovers(self) -> None:
        """Drop what killed runs left: scratch databases and half-made templates."""
        query = "SELECT datname FROM pg_database WHERE datname ~ %s"
        for (name,) in self._all(query, f"^{self._stem}_(run_.*|.*_new)$"):
            with self._claimed(name, wait=False) as free:
                if free:
                    self.drop(name)

    def connect(self, name: str = "postgres"):
        """A psycopg2 connection in autocommit mode."""
        connection = psycopg2.connect(
            host=self.server.host,
            port=self.server.port,
            user=self.server.user,
            password=self.server.password,
            dbname=name,
        )
        connection.autocommit = True
        return connection

    @contextlib.contextmanager
    def _claimed(self, name: str, *, wait: bool = True) -> Iterator[bool]:
        """Hold the advisory lock that says ``name`` is in use."""
        with contextlib.closing(self.connect()) as connection:
            cursor = connection.cursor()
            key = zlib.crc32(name.encode())
            if wait:
                cursor.execute("SELECT pg_advisory_lock(%s)", [key])
                yield True
            else:
                cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
                yield cursor.fetchone()[0]

    def _rename(self, name: str, target: str) -> None:
        files = self._files(name)
        if files.is_dir():
            shutil.rmtree(self._files(target), ignore_errors=True)
            files.rename(self._files(target))
        self._do(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                sql.Identifier(name), sql.Identifier(target)
            )
        )

    def _note_use(self, name: str) -> None:
        self._do(
            sql.SQL("COMMENT ON DATABASE {} IS {}").format(
                sql.Identifier(name), sql.Literal(f"used {time.time():.0f}")
            )
        )

    def _prune_templates(self) -> None:
        """Drop the templates used longest ago."""
        query = """
            SELECT datname, shobj_description(oid, 'pg_database')
            FROM pg_database WHERE datname ~ %s
        """
        found = self._all(query, f"^{self._stem}_(base|full)_[0-9a-f]+$")
        by_use = sorted(found, key=lambda row: _seconds(row[1]))
        for name, comment in by_use[:-KEPT_TEMPLATES]:
            if _seconds(comment) < time.time() - IDLE_SECONDS:
                with contextlib.suppress(errors.ObjectInUse):
                    self.drop(name)

    def _files(self, name: str) -> Path:
        return cache.folder("data", self.series.name, "filestore") / name

    def _do(self, statement) -> None:
        with contextlib.closing(self.connect()) as connection:
            connection.cursor().execute(statement)

    def _all(self, query: str, *values) -> list[tuple]:
        with contextlib.closing(self.connect()) as connection:
            cursor = connection.cursor()
            cursor.execute(query, values)
            return cursor.fetchall()


def _seconds(comment: str | None) -> float:
    found = re.search(r"used (\d+)", comment or "")
    return float(found[1]) if found else 0.0


def _refuse_errors(output: str, name: str) -> None:
    """Odoo can log an error during an installation and still exit with 0."""
    bad = [
        line for line in output.splitlines() if re.search(r" (ERROR|CRITICAL) ", line)
    ]
    if bad:
        raise DevError(f"installing into {name} logged errors:\n" + "\n".join(bad[:20]))
