{
    "name": "Finance Sync Gate for Sales",
    "summary": "Credit and sanctions are asked about before orders are confirmed",
    "version": "17.0.1.0.0",
    "category": "Accounting/Accounting",
    "license": "AGPL-3",
    "author": "Finance Sync contributors",
    "depends": ["finance_sync_gate", "sale"],
    "data": ["views/sale_order_views.xml"],
    "auto_install": True,
    "uninstall_hook": "uninstall_hook",
}
