"""The events of configuration packages and cut-overs."""

from .catalogue import EventType, Field, register

_NAME = Field("name", "string", "Name", required=True)
_WHO_ASKED = Field("requested_by", "user", "User who asked for it")
_COUNTS = tuple(
    Field(kind, "integer", f"Records {kind}")
    for kind in ("added", "changed", "removed")
)
_FINGERPRINT = Field("fingerprint", "string", "Fingerprint of what it changes")

PACKAGES = [
    EventType(
        "finance_sync.package.exported",
        "Configuration package exported",
        fields=(_NAME, Field("digest", "string", "SHA-256 of the package")),
    ),
    *(
        EventType(
            f"finance_sync.package.{state}",
            f"Configuration package {title}",
            fields=(_NAME, _WHO_ASKED, _FINGERPRINT, *_COUNTS),
        )
        for state, title in (
            ("submitted", "submitted for approval"),
            ("applied", "approved and applied"),
            ("refused", "refused"),
            ("rolled_back", "rolled back"),
        )
    ),
    *(
        EventType(
            f"finance_sync.package.key.{state}",
            f"Key that packages are trusted by {title}",
            fields=(_NAME, _WHO_ASKED, Field("key_id", "string", "Key", required=True)),
        )
        for state, title in (
            ("proposed", "proposed"),
            ("trusted", "approved"),
            ("revoked", "revoked"),
        )
    ),
]

CUTOVERS = [
    EventType(
        f"finance_sync.cutover.{state}",
        f"Cut-over {title}",
        fields=(
            Field("match_rate", "decimal", "Percent of documents that are the same"),
            Field("compared", "integer", "Documents compared"),
            Field("baseline", "date", "Baseline date"),
        ),
    )
    for state, title in (
        ("started", "started: shadow mode"),
        ("signed", "signed by the business owner"),
        ("approved", "approved: the connection is live"),
        ("reopened", "signature taken back"),
        ("cancelled", "cancelled"),
    )
]

for _type in (*PACKAGES, *CUTOVERS):
    register(_type)
