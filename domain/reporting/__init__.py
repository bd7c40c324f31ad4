"""Reports and analysis (报表与分析): what the ledger says of a period, and what that means for the reserves."""

from domain.reporting.card import CardOf as CardOf
from domain.reporting.card import CostEffect as CostEffect
from domain.reporting.card import stock_card as stock_card
from domain.reporting.exporting import JOB as JOB
from domain.reporting.exporting import export_report as export_report
from domain.reporting.periods import Days as Days
from domain.reporting.periods import Span as Span
from domain.reporting.periods import StockScope as StockScope
from domain.reporting.receipts_and_issues import receipts_and_issues as receipts_and_issues
from domain.reporting.receipts_and_issues import receipts_and_issues_of as receipts_and_issues_of
from domain.reporting.requests import ReportKind as ReportKind
from domain.reporting.requests import ReportRequest as ReportRequest
from domain.reporting.sheets import Sheet as Sheet
from domain.reporting.sheets import sheet_of as sheet_of
from domain.reporting.worth import WorthBy as WorthBy
from domain.reporting.worth import stock_worth as stock_worth
