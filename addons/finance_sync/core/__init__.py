"""The part of finance_sync that knows no ORM: wire, policy, secrets, registry.

Nothing here imports Odoo, so that it can be tested and reused without it.
"""
