"""CloudEvents 1.0 in structured JSON, by hand.

Source: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from . import canonical
from .publishers import Envelope

CONTENT_TYPE = "application/cloudevents+json"


def envelope(row: Mapping, source: str) -> Envelope:
    """An event of the log as it goes outside.

    :param row: its columns, see ``finance.sync.event``
    :param source: a URI for this database; ``source`` and ``id`` are unique together
    """
    attributes = {
        "specversion": "1.0",
        "id": row["uuid"],
        "source": source,
        "type": row["type"],
        "time": _utc(row["occurred_at"]),
        "datacontenttype": "application/json",
        "dataschema": f"urn:finance_sync:event:{row['type']}:{row['version']}",
        # Extensions. The sequence orders the events about one subject.
        "sequence": f"{row['id']:020d}",
        "subject": row["subject"],
        "subjectref": row["subject_ref"],
        "company": str(row["company_ref"]) if row["company_ref"] else None,
        "correlationid": row["correlation_id"],
    }
    told = {name: value for name, value in attributes.items() if value is not None}
    body = canonical.canonical_json({**told, "data": canonical.loads(row["data"])})
    return Envelope(
        id=row["uuid"],
        type=row["type"],
        subject=row["subject"] or "",
        body=body.encode(),
        content_type=CONTENT_TYPE,
    )


def _utc(moment: datetime.datetime) -> str:
    return f"{moment.isoformat(timespec='microseconds')}Z"


def schema(event_schema: Mapping) -> dict:
    """The JSON Schema of a whole message, given that of its data."""
    text = {"type": "string", "minLength": 1}
    _urn, _ours, _event, name, version = str(event_schema["$id"]).split(":")
    # Receivers have to bear fields that a later release adds.
    not_told = ("$schema", "$id", "additionalProperties")
    data = {k: v for k, v in event_schema.items() if k not in not_told}
    return {
        "$schema": event_schema["$schema"],
        "$id": event_schema["$id"],
        "title": event_schema["title"],
        "type": "object",
        "properties": {
            "specversion": {"const": "1.0"},
            "id": {"type": "string", "format": "uuid"},
            "source": {"type": "string", "format": "uri"},
            "type": {"const": name},
            "time": {"type": "string", "format": "date-time"},
            "datacontenttype": {"const": "application/json"},
            "dataschema": {"const": f"urn:finance_sync:event:{name}:{version}"},
            "sequence": {"type": "string", "pattern": "^[0-9]{20}$"},
            "subject": text,
            "subjectref": text,
            "company": {"type": "string", "pattern": "^[0-9]+$"},
            "correlationid": text,
            "data": data,
        },
        "required": [
            "specversion",
            "id",
            "source",
            "type",
            "time",
            "datacontenttype",
            "dataschema",
            "sequence",
            "data",
        ],
    }
