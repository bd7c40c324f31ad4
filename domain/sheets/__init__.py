"""Sheets (表格导入): spreadsheets that others fill in become drafts of stock documents, and orders."""

from domain.sheets import models as models
from domain.sheets.importing import CHECK as CHECK
from domain.sheets.importing import TEMPLATE as TEMPLATE
from domain.sheets.importing import NewImport as NewImport
from domain.sheets.importing import SheetFaulty as SheetFaulty
from domain.sheets.importing import SheetImported as SheetImported
from domain.sheets.importing import commit_sheet as commit_sheet
from domain.sheets.importing import export_sheet_template as export_sheet_template
from domain.sheets.importing import heading_of as heading_of
from domain.sheets.importing import import_sheet as import_sheet
from domain.sheets.importing import kind_of as kind_of
from domain.sheets.importing import note_checked as note_checked
from domain.sheets.models import SheetImport as SheetImport
from domain.sheets.models import SheetImportId as SheetImportId
from domain.sheets.models import SheetKind as SheetKind
from domain.sheets.models import SheetState as SheetState
from domain.sheets.queries import documents_of_imports as documents_of_imports
from domain.sheets.queries import file_to_check as file_to_check
from domain.sheets.queries import sheet_imports as sheet_imports
from domain.sheets.queries import sheet_imports_by_id as sheet_imports_by_id
from domain.sheets.tables import COLUMNS_MAX as COLUMNS_MAX
from domain.sheets.tables import ROWS_MAX as ROWS_MAX
from domain.sheets.tables import Column as Column
from domain.sheets.tables import Problem as Problem
from domain.sheets.tables import Table as Table
from domain.sheets.tables import UnreadableSheet as UnreadableSheet
