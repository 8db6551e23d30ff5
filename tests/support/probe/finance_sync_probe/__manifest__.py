{
    "name": "Finance Sync: Probe",
    "summary": "Small documents and operations, for fault tests and benchmarks alone",
    # Without a series, so that it installs on each as it is.
    "version": "1.0.0",
    "license": "AGPL-3",
    "author": "Finance Sync contributors",
    "category": "Hidden",
    "depends": ["finance_sync"],
    "data": ["security/ir.model.access.csv"],
}
