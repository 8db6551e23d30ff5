from . import test_access_matrix
from . import test_bill
from . import test_bill_access
from . import test_bill_capture
from . import test_bill_file
from . import test_published_files
