{
    "name": "Finance Sync AP",
    "summary": "Bills matched with orders and receipts",
    "version": "17.0.1.0.0",
    "category": "Accounting/Accounting",
    "license": "AGPL-3",
    "author": "Finance Sync contributors",
    "depends": ["finance_sync", "purchase_stock"],
}
