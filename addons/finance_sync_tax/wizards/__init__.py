from . import setup, tax_import, tax_import_table, tax_rebill, tax_void
