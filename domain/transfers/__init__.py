"""Transfers in steps (调拨): asked for, approved, sent, under way, received in parts, and closed with a difference."""

from domain.transfers.invariants import INVARIANTS as INVARIANTS
from domain.transfers.models import StockTransfer as StockTransfer
from domain.transfers.models import StockTransferId as StockTransferId
from domain.transfers.models import StockTransferLine as StockTransferLine
from domain.transfers.models import StockTransferLineId as StockTransferLineId
from domain.transfers.models import TransferStatus as TransferStatus
from domain.transfers.models import TransitLot as TransitLot
from domain.transfers.moving import ArrivedLine as ArrivedLine
from domain.transfers.moving import MoreThanThere as MoreThanThere
from domain.transfers.moving import SentLine as SentLine
from domain.transfers.moving import close_transfer as close_transfer
from domain.transfers.moving import receive_transfer as receive_transfer
from domain.transfers.moving import ship_transfer as ship_transfer
from domain.transfers.queries import TransferFilter as TransferFilter
from domain.transfers.queries import documents_of_transfers as documents_of_transfers
from domain.transfers.queries import lines_of_transfers as lines_of_transfers
from domain.transfers.queries import stock_transfers as stock_transfers
from domain.transfers.queries import stock_transfers_by_id as stock_transfers_by_id
from domain.transfers.queries import transit_of_lines as transit_of_lines
from domain.transfers.requesting import ApprovedLine as ApprovedLine
from domain.transfers.requesting import NewTransfer as NewTransfer
from domain.transfers.requesting import WantedGoods as WantedGoods
from domain.transfers.requesting import approve_transfer as approve_transfer
from domain.transfers.requesting import cancel_transfer as cancel_transfer
from domain.transfers.requesting import request_transfer as request_transfer
