{
    "name": "Finance Sync AP",
    "summary": "Bills from other systems: received once, checked, matched with orders "
    "and receipts, on record",
    "version": "17.0.1.0.0",
    "category": "Accounting/Accounting",
    "license": "AGPL-3",
    "author": "Finance Sync contributors",
    "depends": ["finance_sync", "purchase_stock"],
    "external_dependencies": {"python": ["rapidfuzz"]},
    "data": [
        "security/ir.model.access.csv",
        "security/ir_rules.xml",
        "data/finance_sync_hold_type.xml",
        "data/finance_sync_bank_hold_type.xml",
        "views/finance_sync_bill_views.xml",
        "views/finance_sync_ap_limit_views.xml",
        "views/account_move_views.xml",
        "views/finance_sync_bank_change_views.xml",
        "views/payment_block_views.xml",
        "views/menus.xml",
    ],
    "post_init_hook": "post_init_hook",
}
