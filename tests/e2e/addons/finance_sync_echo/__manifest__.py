{
    "name": "Finance Sync Echo",
    "summary": "An inbound operation for tests from outside",
    "version": "1.0",
    "category": "Hidden",
    "author": "finance_sync contributors",
    "license": "AGPL-3",
    "depends": ["finance_sync"],
    "installable": True,
}
