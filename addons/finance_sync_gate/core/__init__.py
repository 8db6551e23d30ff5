"""Decision gates without an ORM: names, lists, exposure and fraud rules."""
