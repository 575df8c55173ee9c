"""What users bring in from files: agencies, procedures, staff, cases. All of a file or nothing of it."""

from feedback.importing.cases import import_cases
from feedback.importing.offices import import_offices
from feedback.importing.procedures import import_procedures
from feedback.importing.rows import BadFile, Report, Row, read_rows
from feedback.importing.staff import import_staff

__all__ = [
    "BadFile",
    "Report",
    "Row",
    "import_cases",
    "import_offices",
    "import_procedures",
    "import_staff",
    "read_rows",
]
