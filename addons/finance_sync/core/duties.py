"""Duties, and which of them one person must not hold together."""

DUTIES = ("resolver", "manager", "approver", "auditor", "service")

# Each with what could go wrong; see the screen of group conflicts.
CONFLICTS = (
    ("manager", "approver"),
    ("auditor", "manager"),
    ("auditor", "resolver"),
    ("auditor", "approver"),
    ("service", "resolver"),
    ("service", "approver"),
    ("service", "auditor"),
)


def conflicting_with(duty: str) -> tuple[str, ...]:
    """The duties that must stay apart from this one."""
    pairs = [pair for pair in CONFLICTS if duty in pair]
    return tuple(pair[pair[0] == duty] for pair in pairs)
