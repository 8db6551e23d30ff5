"""What a field's value is to people, wherever changes are put into words."""


def shown_value(record, name, value):
    """``value``, as ``write`` takes it, in the reader's language; “–” if empty."""
    field = record._fields[name]
    known = field.convert_to_record(field.convert_to_cache(value, record), record)
    if field.type == "selection":
        known = dict(field._description_selection(record.env)).get(known, known)
    elif field.relational:
        known = ", ".join(known.mapped("display_name"))
    elif field.type == "boolean":
        known = "✓" if known else ""
    else:
        known = field.convert_to_display_name(known, record)
    return "–" if known in (None, "", False) else str(known)
