"""Accounts payable without Odoo: the bill's contract, duplicates, matching."""
