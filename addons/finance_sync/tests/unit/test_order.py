"""Keys, order, traces and the registry."""

import itertools
import random
import re
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st
from odoo.addons.finance_sync.core import registry, states
from odoo.addons.finance_sync.core.errors import (
    ConfigurationError,
    ContractError,
    ProviderError,
    RejectedError,
    TransientError,
)
from odoo.addons.finance_sync.core.idempotency import idempotency_key
from odoo.addons.finance_sync.core.masking import AllowList
from odoo.addons.finance_sync.core.registry import Resolution, register
from odoo.addons.finance_sync.core.states import Waiting, may_run, supersedes
from odoo.addons.finance_sync.core.trace import new_trace

DOCUMENT = "9a3d3f9e-3b5f-4df2-9c1d-6d3d4b6fd2b7"


def test_key_is_the_same_every_time():
    assert idempotency_key("tax.commit", DOCUMENT, 3) == f"tax.commit:{DOCUMENT}:3"


@pytest.mark.parametrize(
    ("operation", "document"),
    [
        ("", DOCUMENT),
        ("tax.commit", ""),
        ("tax commit", DOCUMENT),
        ("ä", DOCUMENT),
        ("a\r\nb", DOCUMENT),
        ("x" * 256, DOCUMENT),
    ],
)
def test_key_that_no_header_carries_is_refused(operation, document):
    with pytest.raises(ValueError, match="idempotency key"):
        idempotency_key(operation, document, 1)


@pytest.mark.parametrize("error_class", [RejectedError, ConfigurationError])
def test_errors_say_what_is_known(error_class):
    error = error_class(
        "No.", code="c", status=400, details=["d"], request_id="r", answer=None
    )
    assert isinstance(error, ProviderError)
    assert str(error) == error.message == "No."
    assert (error.code, error.status, error.details) == ("c", 400, ("d",))
    assert not error.outcome_unknown


def test_kinds_tell_the_errors_apart():
    classes = [TransientError, RejectedError, ConfigurationError, ContractError]
    assert len({error_class.kind for error_class in classes}) == 4
    assert TransientError("x").retry_after is None
    assert TransientError("x", retry_after=7.0, outcome_unknown=True).outcome_unknown


def test_only_the_lowest_unfinished_revision_runs():
    assert may_run(1, [1, 2, 3])
    assert not may_run(2, [1, 2, 3])
    assert may_run(2, [2, 3])
    assert may_run(2, [])


@given(st.sets(st.integers(1, 50), min_size=1))
def test_exactly_one_may_run(revisions):
    assert [r for r in sorted(revisions) if may_run(r, revisions)] == [min(revisions)]


def test_void_never_overtakes_the_commit():
    """Whatever the order in which jobs are tried, effects come in order."""
    rng = random.Random(3)
    for _ in range(100):
        waiting, done = {1: "commit", 2: "void", 3: "commit"}, []
        for _attempt in range(100):
            if not waiting:
                break
            revision = rng.choice(sorted(waiting))
            if may_run(revision, waiting) and rng.random() < 0.5:
                done.append(waiting.pop(revision))
        assert done == ["commit", "void", "commit"]


def test_only_what_never_left_is_superseded():
    waiting = [
        Waiting(3, "tax.commit"),
        Waiting(1, "tax.commit"),
        Waiting(2, "tax.commit", attempts=1),
        Waiting(4, "tax.void"),
        Waiting(6, "tax.commit"),
    ]
    assert supersedes(5, waiting, {"tax.commit"}) == (1, 3)
    assert supersedes(5, waiting, ()) == ()


def test_final_states_are_final():
    changes = {
        (old, new)
        for old, new in itertools.product(states.OPEN | states.FINAL, repeat=2)
        if states.may_change(old, new)
    }
    assert not [old for old, _new in changes if old in states.FINAL]
    assert (states.PENDING, states.HELD) in changes
    assert (states.HELD, states.PENDING) in changes
    assert (states.PENDING, states.PENDING) not in changes
    assert not states.may_change("nonsense", states.DONE)


def test_revisions_are_never_used_again():
    assert states.next_revision([]) == 1
    assert states.next_revision([1, 7, 3]) == 8


def test_one_flow_is_one_trace():
    first, second = new_trace(DOCUMENT), new_trace(DOCUMENT)
    pattern = r"00-([0-9a-f]{32})-([0-9a-f]{16})-01"
    one, two = (re.fullmatch(pattern, t.traceparent) for t in (first, second))
    assert one[1] == two[1] == uuid.UUID(DOCUMENT).hex
    assert one[2] != two[2]
    assert first.correlation_id == DOCUMENT


@given(st.text())
def test_any_correlation_id_makes_a_valid_trace(correlation_id):
    trace = new_trace(correlation_id)
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", trace.traceparent)


@pytest.fixture
def adapters(monkeypatch):
    monkeypatch.setattr(registry, "_adapters", {})


class Acme:
    operations = {"quote": Resolution.READ}


def test_registered_adapters_are_found(adapters):
    assert register("tax", "acme")(Acme) is Acme
    register("tax", "zenith")(type("Zenith", (Acme,), {}))
    register("bank", "acme")(type("AcmeBank", (Acme,), {}))
    assert registry.codes("tax") == ("acme", "zenith")
    assert registry.codes("ap") == ()
    found = registry.adapter_class("tax", "acme")
    assert (found, found.kind, found.code) == (Acme, "tax", "acme")
    assert (found.allowed, found.config_fields) == ({}, ())


def test_unknown_provider_is_a_matter_of_configuration(adapters):
    with pytest.raises(ConfigurationError, match="“nope”"):
        registry.adapter_class("tax", "nope")


def test_registering_again_is_harmless_but_codes_are_unique(adapters):
    register("tax", "acme")(Acme)
    register("tax", "acme")(Acme)
    with pytest.raises(ValueError, match="served by"):
        register("tax", "acme")(type("Other", (Acme,), {}))


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"operations": {}},
        {"operations": {"quote": "read"}},
        {
            "operations": {"quote": Resolution.READ},
            "allowed": {"quotes": AllowList("code")},
        },
    ],
)
def test_adapter_has_to_declare_its_operations(adapters, attributes):
    with pytest.raises(TypeError):
        register("tax", "bad")(type("Bad", (), attributes))
    assert registry.codes("tax") == ()
