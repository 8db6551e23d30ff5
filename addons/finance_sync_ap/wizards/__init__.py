from . import bill_upload
