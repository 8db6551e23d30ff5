{
    "name": "Finance Sync AP",
    "summary": "Bills from other systems: received once, checked, matched with orders "
    "and receipts, on record",
    "version": "17.0.1.0.0",
    "category": "Accounting/Accounting",
    "license": "AGPL-3",
    "author": "Finance Sync contributors",
    "depends": ["finance_sync", "purchase_stock"],
    "external_dependencies": {
        "python": ["lxml", "pypdf", "python-stdnum", "rapidfuzz", "regex"]
    },
    "data": [
        "security/ir.model.access.csv",
        "security/ir_rules.xml",
        "security/file_rules.xml",
        "data/finance_sync_hold_type.xml",
        "data/file_hold_type.xml",
        "views/finance_sync_bill_views.xml",
        "views/finance_sync_bill_file_views.xml",
        "views/finance_sync_bill_template_views.xml",
        "wizards/bill_upload_views.xml",
        "views/finance_sync_ap_limit_views.xml",
        "views/account_move_views.xml",
        "views/menus.xml",
    ],
}
