"""The hash chain: whatever is changed anywhere is found, and named."""

import datetime
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from odoo.addons.finance_sync.core import chain
from odoo.addons.finance_sync.core.chain import Event, IdSet, Verifier

NOON = datetime.datetime(2026, 1, 2, 12, 0, 0, 5)  # noqa: DTZ001 - as in the database
texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"))


def event(number, **values):
    fields = {
        "actor_ref": 2,
        "company_ref": 1,
        "connection_ref": None,
        "correlation_id": "c-1",
        "data": "{}",
        "id": number,
        "occurred_at": NOON,
        "subject": "s",
        "subject_model": "account.move",
        "subject_ref": "INV/1",
        "type": "test.event",
        "uuid": f"u-{number}",
        "version": 1,
    }
    return Event(**{**fields, **values})


def seals_of(batches, number=1):
    seals = []
    for batch in batches:
        seals.append(chain.make_seal(batch, number, seals[-1] if seals else None, NOON))
    return seals


def verify(seals, events):
    by_id = {e.id: e for e in events}
    verifier = Verifier(1, lambda ids: [by_id[i] for i in ids if i in by_id])
    return verifier, [found for seal in seals for found in verifier.feed(seal)]


batch_lists = st.lists(st.integers(1, 4), min_size=1, max_size=5)


@st.composite
def chains(draw):
    """Events in seals, as they were committed: not in the order of their ids."""
    sizes = draw(batch_lists)
    ids = draw(st.permutations(range(1, sum(sizes) + 1)))
    events = [event(number, data=draw(texts)) for number in ids]
    batches = []
    for size in sizes:
        batches.append(events[:size])
        events = events[size:]
    return batches


def test_the_form_is_fixed():
    """Whoever changes it raises FORMAT, or no old chain verifies any more."""
    one = event(7, company_ref=None, subject_ref='a"é\n', correlation_id=None)
    assert chain.event_text(one) == (
        '{"actor_ref":2,"company_ref":null,"connection_ref":null,'
        '"correlation_id":null,"data":"{}","format":1,"id":7,'
        '"occurred_at":"2026-01-02T12:00:00.000005Z","subject":"s",'
        '"subject_model":"account.move","subject_ref":"a\\"é\\n",'
        '"type":"test.event","uuid":"u-7","version":1}'
    )
    assert list(json.loads(chain.event_text(one))) == sorted(
        json.loads(chain.event_text(one))
    )
    (seal,) = seals_of([[one]])
    assert seal.hash == (
        chain.hashlib.sha256(
            (
                f'{{"chain":1,"digest":"{seal.digest}","event_count":1,'
                f'"first_event":7,"format":1,"last_event":7,"number":1,'
                f'"previous":"{"0" * 64}","sealed_at":"2026-01-02T12:00:00.000005Z",'
                f'"total":1}}'
            ).encode()
        ).hexdigest()
    )


@given(chains())
def test_intact(batches):
    events = [e for batch in batches for e in batch]
    verifier, breaks = verify(seals_of(batches), events)
    assert not breaks
    assert verifier.event_count == len(events)
    assert all(e.id in verifier.covered for e in events)


@given(chains(), st.data())
def test_any_changed_field_of_any_event_is_found(batches, data):
    events = [e for batch in batches for e in batch]
    victim = data.draw(st.sampled_from(events))
    field = data.draw(st.sampled_from([f for f in Event._fields if f != "id"]))
    old = getattr(victim, field)
    new = {
        "occurred_at": NOON + datetime.timedelta(microseconds=1),
    }.get(field, 99 if isinstance(old, int) or old is None else f"{old}!")
    changed = [e._replace(**{field: new}) if e is victim else e for e in events]
    _verifier, breaks = verify(seals_of(batches), changed)
    assert [(b.code, b.event) for b in breaks] == [("event_changed", victim.id)]


@given(chains(), st.data())
def test_a_deleted_event_is_found(batches, data):
    events = [e for batch in batches for e in batch]
    victim = data.draw(st.sampled_from(events))
    _v, breaks = verify(seals_of(batches), [e for e in events if e is not victim])
    assert [(b.code, b.event) for b in breaks] == [("event_missing", victim.id)]


@given(chains(), st.data())
def test_a_changed_seal_is_found_and_named(batches, data):
    events = [e for batch in batches for e in batch]
    seals = seals_of(batches)
    place = data.draw(st.integers(0, len(seals) - 1))
    field = data.draw(st.sampled_from(chain.Seal._fields))
    old = getattr(seals[place], field)
    new = {
        datetime.datetime: lambda: old + datetime.timedelta(seconds=1),
        bytes: lambda: old[:-1] + bytes([old[-1] ^ 1]),
        str: lambda: "f" * 64,
        int: lambda: old + 1,
    }[type(old)]()
    seals[place] = seals[place]._replace(**{field: new})
    _v, breaks = verify(seals, events)
    assert breaks[0].seal == seals[place].number
    assert breaks[0].code in ("seal_changed", "format")


@given(chains(), st.data())
def test_a_deleted_seal_is_found_by_the_next(batches, data):
    seals = seals_of([*batches, [event(1000)]])
    place = data.draw(st.integers(0, len(seals) - 2))
    events = [event(1000), *(e for batch in batches for e in batch)]
    _v, breaks = verify(seals[:place] + seals[place + 1 :], events)
    assert (breaks[0].code, breaks[0].seal) == ("seal_missing", place + 2)


def test_what_waits_for_its_seal():
    events = [event(1), event(2), event(3)]
    leaves = chain.pack(events)
    verifier, _breaks = verify([], events)
    assert not list(verifier.feed_waiting(leaves))
    assert 2 in verifier.covered
    for there in ([], [event(1), event(2, data="forged"), event(3, company_ref=9)]):
        verifier, _breaks = verify([], there)
        codes = {found.code for found in verifier.feed_waiting(leaves)}
        assert codes == {"event_lost"}


def test_seals_in_another_order():
    batches = [[event(1)], [event(2)], [event(3)]]
    one, two, three = seals_of(batches)
    events = [e for batch in batches for e in batch]
    assert verify([two, one, three], events)[1][0].code == "seal_missing"
    assert verify([one, two, two, three], events)[1][0].code == "seal_order"


def test_a_seal_of_another_chain():
    events = [event(1)]
    _v, breaks = verify(seals_of([events], number=5), events)
    assert breaks[0].code == "seal_order"


def test_an_event_in_two_seals():
    batches = [[event(1), event(2)], [event(2), event(3)]]
    _v, breaks = verify(seals_of(batches), [event(1), event(2), event(3)])
    assert [(b.code, b.event) for b in breaks] == [("event_twice", 2)]


def test_an_event_of_another_company():
    other = event(1, company_ref=5)
    _v, breaks = verify(seals_of([[other]]), [other])
    assert breaks[0].code == "event_changed"


def test_a_chain_made_anew_is_told_by_an_anchor():
    batches = [[event(1)], [event(2)]]
    anchored = seals_of(batches)[-1]
    forged = [[event(1, actor_ref=9)], [event(2)]]
    verifier, breaks = verify(seals_of(forged), [e for b in forged for e in b])
    assert not breaks
    assert verifier.check_head(anchored.number, anchored.hash).code == "rewritten"
    assert verifier.check_head(3, anchored.hash).code == "tail_missing"
    verifier, _breaks = verify(seals_of(batches), [e for b in batches for e in b])
    assert verifier.check_head(anchored.number, anchored.hash) is None


@pytest.mark.parametrize("code", chain.BREAKS)
def test_a_break_says_where(code):
    assert str(chain.Break(3, code, 2, 1)).startswith("chain 3, seal 2, event 1: ")
    assert str(chain.Break(3, code)).startswith("chain 3: ")


@given(st.lists(st.integers(-(2**62), 2**62) | st.integers(0, 300)))
def test_id_set_is_a_set(numbers):
    ids, known = IdSet(), set()
    for number in numbers:
        assert ids.add(number) == (number not in known)
        known.add(number)
    assert all(number in ids for number in known)
    assert 301 not in ids or 301 in known
