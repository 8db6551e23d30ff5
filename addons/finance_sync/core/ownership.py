"""Which side owns which field, and in which state of a document.

A rule names an object (partner, bill, …), a field of it or all others, and a state or
any. The most exact one decides. What no rule names belongs to Odoo.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .errors import ContractError

ODOO, EXTERNAL, SHARED = "odoo", "external", "shared"
ALLOW, WARN, REFUSE = "allow", "warn", "refuse"
# Shown of values that must not be read in a worklist.
HIDDEN = "•••"
LONGEST_VALUE = 80


@dataclass(frozen=True)
class Rule:
    """``field``, ``state`` and ``company`` None: every one that no other rule names.

    ``manual``: what happens when a person changes a field that the external side owns.
    """

    ref: int
    subject: str
    field: str | None
    owner: str
    manual: str = ALLOW
    state: str | None = None
    company: int | None = None


@dataclass(frozen=True)
class Refused:
    """A change that the rules do not allow, with both values as they may be shown."""

    field: str
    label: str
    before: str
    after: str


class OwnershipError(ContractError):
    """The other side writes what is not its own. A person has to decide.

    :ivar refused: the changes, each a :class:`Refused`
    """

    def __init__(self, message: str, refused: Iterable[Refused], record: str = ""):
        self.refused = tuple(refused)
        self.record = record
        super().__init__(
            message,
            code="ownership_refused",
            details=[
                f"{each.label}: {each.before or '–'} → {each.after or '–'}"
                for each in self.refused
            ],
        )


def rule_for(
    rules: Iterable[Rule],
    subject: str,
    field: str,
    *,
    state: str | None = None,
    companies: Sequence[int] = (),
) -> Rule | None:
    """The rule that decides on a field of an object in a state.

    The nearest company counts first, then the field, then the state.

    :param companies: the record's company, then its parents upwards
    """
    best, best_rank = None, None
    for rule in rules:
        if rule.subject != subject or rule.field not in (None, field):
            continue
        if rule.state not in (None, state):
            continue
        if rule.company is not None and rule.company not in companies:
            continue
        near = (
            len(companies)
            if rule.company is None
            else list(companies).index(rule.company)
        )
        rank = (near, rule.field is None, rule.state is None, rule.ref)
        if best_rank is None or rank < best_rank:
            best, best_rank = rule, rank
    return best


def may_write(rule: Rule | None) -> bool:
    """May the external side write a field that this rule decides on?"""
    return rule is not None and rule.owner in (EXTERNAL, SHARED)


def on_manual_edit(rule: Rule | None) -> str:
    """allow, warn or refuse, when a person writes it in Odoo."""
    if rule is None or rule.owner != EXTERNAL:
        return ALLOW
    return rule.manual


def shown(value: str, sensitive: bool) -> str:
    """A value as a worklist may show it."""
    if not value:
        return ""
    if sensitive:
        return HIDDEN
    return value if len(value) <= LONGEST_VALUE else f"{value[: LONGEST_VALUE - 1]}…"


# What a connection begins with: (subject, field, state, owner, manual).
# Bank details, tax numbers, accounts and prices at cost are never the other side's.
DEFAULTS = (
    ("partner", None, None, ODOO, ALLOW),
    ("partner", "name", None, SHARED, ALLOW),
    ("partner", "street", None, SHARED, ALLOW),
    ("partner", "street2", None, SHARED, ALLOW),
    ("partner", "zip", None, SHARED, ALLOW),
    ("partner", "city", None, SHARED, ALLOW),
    ("partner", "state_id", None, SHARED, ALLOW),
    ("partner", "country_id", None, SHARED, ALLOW),
    ("partner", "email", None, SHARED, ALLOW),
    ("partner", "phone", None, SHARED, ALLOW),
    ("partner", "ref", None, EXTERNAL, WARN),
    ("product", None, None, ODOO, ALLOW),
    ("product", "name", None, SHARED, ALLOW),
    ("product", "description_sale", None, SHARED, ALLOW),
    ("product", "barcode", None, SHARED, ALLOW),
    ("product", "default_code", None, EXTERNAL, WARN),
    ("product", "list_price", None, EXTERNAL, WARN),
    ("bill", None, None, ODOO, ALLOW),
    ("bill", "partner_id", "draft", EXTERNAL, WARN),
    ("bill", "ref", "draft", EXTERNAL, WARN),
    ("bill", "invoice_date", "draft", EXTERNAL, WARN),
    ("bill", "invoice_date_due", "draft", SHARED, ALLOW),
    ("bill", "payment_reference", "draft", EXTERNAL, WARN),
    ("bill", "currency_id", "draft", EXTERNAL, REFUSE),
    ("bill", "invoice_line_ids", "draft", EXTERNAL, WARN),
    ("payment", None, None, ODOO, ALLOW),
    ("payment", "ref", None, SHARED, ALLOW),
    ("payment", "date", "draft", SHARED, ALLOW),
)
