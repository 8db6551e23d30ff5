"""What platforms have in common, without the ORM."""
