{
    "name": "Finance Sync",
    "summary": "Keep finance in step with tax engines, banks, AP and reporting "
    "systems: exchanges, holds, retries and evidence inside Odoo",
    "version": "17.0.1.0.0",
    "category": "Accounting/Accounting",
    "license": "AGPL-3",
    "author": "Finance Sync contributors",
    "website": "https://github.com/finance-sync/finance-sync",
    "depends": ["account", "mail", "queue_job"],
    "external_dependencies": {"python": ["cryptography", "requests", "zeep"]},
    "data": [
        "security/finance_sync_groups.xml",
        "security/ir.model.access.csv",
        "security/ir_rules.xml",
        "data/ir_sequence.xml",
        "data/queue_job.xml",
        "data/finance_sync_hold_type.xml",
        "data/ir_cron.xml",
    ],
    "application": True,
}
