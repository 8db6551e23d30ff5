{
    "name": "Finance Sync AP Platforms",
    "summary": "Bills from capture and procurement platforms: polled, acknowledged, "
    "reported back and compared",
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
        "data/push_cron.xml",
        "wizards/refuse_views.xml",
        "views/finance_sync_ap_poll_views.xml",
        "views/finance_sync_ap_comparison_views.xml",
        "views/finance_sync_ap_push_views.xml",
        "views/finance_sync_connection_views.xml",
        "views/finance_sync_bill_views.xml",
    ],
    "uninstall_hook": "uninstall_hook",
}
