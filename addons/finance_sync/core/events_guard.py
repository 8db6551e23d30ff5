"""The events of emergency access, retention, personal data, keys and credentials."""

from .catalogue import EventType, Field, register

_USER = Field("user", "user", "User", required=True)
_DUTY = Field("duty", "string", "Duty", required=True)

GUARD = [
    EventType(
        "finance_sync.break_glass.opened",
        "Emergency access taken",
        fields=(
            _USER,
            _DUTY,
            Field("until", "datetime", "Ends at", required=True),
            Field("reason_digest", "string", "SHA-256 of the reason", required=True),
        ),
    ),
    EventType(
        "finance_sync.break_glass.ended",
        "Emergency access ended",
        fields=(_USER, _DUTY, Field("how", "string", "How", required=True)),
    ),
    EventType(
        "finance_sync.break_glass.reviewed",
        "Emergency access reviewed",
        fields=(_USER, _DUTY, Field("verdict", "string", "Verdict", required=True)),
    ),
    EventType(
        "finance_sync.retention.enabled",
        "Retention of payloads enabled",
        fields=(Field("days", "integer", "Days kept", required=True),),
    ),
    EventType("finance_sync.retention.disabled", "Retention of payloads disabled"),
    EventType(
        "finance_sync.retention.run",
        "Payloads past their retention erased",
        fields=(
            Field("before", "datetime", "Finished before", required=True),
            Field("payloads", "integer", "Payloads erased", required=True),
            Field("answers", "integer", "Answers erased", required=True),
            Field("decisions", "integer", "Decisions' answers erased", required=True),
            Field("kept", "integer", "Kept by statute"),
        ),
    ),
    *(
        EventType(
            f"finance_sync.personal_data.{what}",
            f"Personal data {title}",
            fields=(
                Field("request", "string", "Request", required=True),
                Field("partner", "integer", "Partner", required=True),
                Field("exchanges", "integer", "Exchanges"),
                Field("holds", "integer", "Holds"),
                Field("erased", "integer", "Rows erased"),
                Field("kept", "integer", "Rows kept"),
                Field("digest", "string", "SHA-256 of the file"),
            ),
        )
        for what, title in (
            ("requested", "asked for"),
            ("approved", "erasure approved"),
            ("refused", "erasure refused"),
            ("exported", "exported"),
            ("erased", "erased"),
        )
    ),
    EventType(
        "finance_sync.key_rotation.done",
        "Everything encrypted with the newest key",
        fields=(
            Field("changed", "integer", "Encrypted anew", required=True),
            Field("unreadable", "integer", "Not readable by any key", required=True),
        ),
    ),
    *(
        EventType(
            f"finance_sync.credential.change.{what}",
            f"Change of a credential {title}",
            fields=(
                Field("requested_by", "user", "User who asked for it"),
                Field("tested", "boolean", "Tested before"),
            ),
        )
        for what, title in (
            ("requested", "asked for"),
            ("approved", "approved"),
            ("refused", "refused"),
            ("cancelled", "withdrawn"),
        )
    ),
]

for _event_type in GUARD:
    register(_event_type)
