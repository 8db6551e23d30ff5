"""What ``./dev`` does: find Odoo and PostgreSQL, build environments, run things."""
