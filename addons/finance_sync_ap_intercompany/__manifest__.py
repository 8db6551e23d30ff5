{
    "name": "Finance Sync AP Intercompany",
    "summary": "Invoices to our own companies become their bills: one mirrored pair, "
    "compared on both sides",
    "version": "17.0.1.0.0",
    "category": "Accounting/Accounting",
    "license": "AGPL-3",
    "author": "Finance Sync contributors",
    "depends": ["finance_sync_ap"],
    "data": [
        "security/ir.model.access.csv",
        "security/ir_rules.xml",
        "data/finance_sync_hold_type.xml",
        "data/ir_cron.xml",
        "views/finance_sync_ap_pair_views.xml",
        "views/account_move_views.xml",
        "views/finance_sync_bill_views.xml",
        "views/menus.xml",
    ],
    "uninstall_hook": "uninstall_hook",
}
