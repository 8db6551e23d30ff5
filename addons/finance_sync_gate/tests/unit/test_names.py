import unicodedata

from hypothesis import given
from hypothesis import strategies as st
from odoo.addons.finance_sync_gate.core.names import normalise


def test_spelling_does_not_matter():
    for name in ("Müller & Söhne GmbH", "MULLER   & SOHNE", "Muller-Sohne G.m.b.H."):
        assert normalise(name) == "muller sohne"
    assert normalise("Øyvind Łukasz Straße") == "oyvind lukasz strasse"
    assert normalise("O'Neill’s Ltd.") == "oneills"


def test_a_name_of_legal_forms_alone_stays():
    assert normalise("SA SE") == "sa se"


def test_other_scripts_stay():
    assert normalise("Иван Петров ООО") == "иван петров ооо"


@given(st.text(max_size=60))
def test_is_stable_whatever_comes(text):
    once = normalise(text)
    assert normalise(once) == once or len(normalise(once)) <= len(once)
    assert "  " not in once and once == once.strip()


@given(st.sampled_from(["Café Zoë", "François Müller", "Ñandú Ångström"]))
def test_composed_and_decomposed_are_one(name):
    assert normalise(unicodedata.normalize("NFD", name)) == normalise(name)
