import random
import string

from odoo.addons.finance_sync_gate.core.screening import Matcher

LISTED = [
    (1, "DRACHENFELS, Volkan"),
    (1, "Wolkan Drachenfels"),
    (2, "Nordmeer Schattenhandel GmbH"),
    (3, "Иван Петров"),
    (4, "Li"),
]


def found(*names, cutoff=85.0):
    return [(m.entry, m.score) for m in Matcher(LISTED).search(names, cutoff)]


def test_the_order_of_words_and_a_typing_error_do_not_matter():
    assert found("Volkan Drachenfels") == [(1, 100.0)]
    assert found("Volkann Drachenfels")[0][0] == 1
    assert found("Nordmeer Schattenhandel Ltd") == [(2, 100.0)]


def test_somebody_else_is_not_found():
    assert found("Volker Drake") == []
    assert found("Maple Trading Inc.") == []
    assert found("", "  ", "…") == []


def test_a_longer_name_that_contains_the_listed_one_is_close():
    ((entry, score),) = found("Nordmeer Schattenhandel Export Division")
    assert entry == 2 and 90 <= score <= 95


def test_one_common_word_says_nothing():
    assert found("Li Wei Trading") == []


def test_an_entry_is_found_once_by_its_best_name():
    (match,) = Matcher(LISTED).search(["Wolkan Drachenfels"], 80.0)
    assert (match.name, match.score) == ("Wolkan Drachenfels", 100.0)


def test_every_listed_name_finds_itself_among_many():
    rng = random.Random(7)
    names = [
        (n, " ".join("".join(rng.choices(string.ascii_lowercase, k=7)) for _ in "ab"))
        for n in range(20_000)
    ]
    matcher = Matcher(names)
    assert len(matcher) == 20_000
    for entry, name in rng.sample(names, 20):
        assert matcher.search([name.upper()], 95.0)[0].entry == entry
