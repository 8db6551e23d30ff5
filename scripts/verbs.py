"""The verbs of ``./dev``. Each says what it takes and calls the module that works."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

SERIES = (
    ("--series",),
    {"choices": ("17.0", "19.0", "all"), "help": "which Odoo; see the README"},
)
DATABASE = (("--db",), {"metavar": "NAME", "help": "work in this database"})


@dataclass(frozen=True)
class Verb:
    name: str
    help: str
    run: Callable[[Any, list[str]], int]
    options: list = field(default_factory=list)


def _test(options, rest):
    from . import tests

    return tests.run(
        options.series,
        rest,
        database=options.db,
        update=options.update,
        faults=tests.Faults(options.repeats, options.seed),
    )


_test.passes_on = True


def _demo(options, _rest):
    from . import demo

    return demo.run(options.series, once=options.once)


def _lint(_options, rest):
    from . import lint

    return lint.run(rest)


_lint.passes_on = True


def _bench(options, rest):
    from . import bench

    return bench.run(options.name, options.series, rest)


_bench.passes_on = True


def _simulator(_options, rest):
    from . import simulator

    return simulator.run(rest)


_simulator.passes_on = True


def _db(options, _rest):
    from . import db

    return db.run(
        options.name, options.series, update=options.update, bare=options.bare
    )


def _shell(options, rest):
    from . import shell

    return shell.run(options.series, options.db, rest)


_shell.passes_on = True


def _serve(options, _rest):
    from . import serve

    return serve.run(
        options.series, options.db, port=options.port, production=options.production
    )


def _port(options, _rest):
    from . import port_verb

    return port_verb.run(options.target_series, options.directory)


def _verify_chain(options, _rest):
    from . import verify_chain

    return verify_chain.run(
        options.db, options.series, options.anchor or [], options.trust or []
    )


def _i18n(_options, _rest):
    from . import i18n

    return i18n.run()


def _schemas(_options, _rest):
    from . import schemas

    return schemas.run()


VERBS = [
    Verb(
        "demo",
        "set up, run the main job on a sample group, stay up until Ctrl-C",
        _demo,
        [SERIES, (("--once",), {"action": "store_true", "help": "exit after it"})],
    ),
    Verb(
        "test",
        "set up and run every test; paths and -k go to pytest",
        _test,
        [
            SERIES,
            (
                ("--db",),
                {
                    "metavar": "NAME",
                    "help": "keep and reuse this database for ORM tests",
                },
            ),
            (
                ("--update",),
                {"metavar": "ADDONS", "help": "with --db: first update these addons"},
            ),
            (
                ("--repeats",),
                {
                    "metavar": "N",
                    "type": int,
                    "default": 2,
                    "help": "how often tests/faults tries each fault; 20 for a release",
                },
            ),
            (
                ("--seed",),
                {"metavar": "N", "type": int, "help": "repeat a run of tests/faults"},
            ),
        ],
    ),
    Verb("lint", "run every pre-commit hook on every file", _lint),
    Verb(
        "bench",
        "measure NAME and print each ratio beside its goal",
        _bench,
        [SERIES, (("name",), {"metavar": "NAME"})],
    ),
    Verb("simulator", "run the provider simulator alone", _simulator),
    Verb(
        "db",
        "make a database with every addon and the sample group",
        _db,
        [
            SERIES,
            (("name",), {"metavar": "NAME"}),
            (("--bare",), {"action": "store_true", "help": "without the sample group"}),
            (
                ("--update",),
                {"metavar": "ADDONS", "help": "keep it and update these addons"},
            ),
        ],
    ),
    Verb(
        "shell",
        "run a Python script from standard input with env in scope",
        _shell,
        [SERIES, DATABASE],
    ),
    Verb(
        "serve",
        "serve a database with workers and the job runner until Ctrl-C",
        _serve,
        [
            SERIES,
            (("--db",), {"metavar": "NAME", "required": True}),
            (("--port",), {"type": int, "default": 8069}),
            (
                ("--production",),
                {"action": "store_true", "help": "allow production connections"},
            ),
        ],
    ),
    Verb(
        "port",
        "write the addons as a later series wants them",
        _port,
        [
            (("target_series",), {"metavar": "SERIES", "choices": ("19.0",)}),
            (("directory",), {"metavar": "DIR"}),
        ],
    ),
    Verb(
        "verify-chain",
        "verify the event log of a database, and anchors against it",
        _verify_chain,
        [
            SERIES,
            (("--db",), {"metavar": "NAME", "required": True}),
            (
                ("--anchor",),
                {"metavar": "FILE", "action": "append", "help": "kept elsewhere"},
            ),
            (
                ("--trust",),
                {"metavar": "KEY", "action": "append", "help": "a public key"},
            ),
        ],
    ),
    Verb("schemas", "write the schemas and the catalogue of events", _schemas),
    Verb("i18n", "export .pot files and merge them into the .po files", _i18n),
]
