"""Distributors (经销商): who orders on account through a channel of their own, and what they may order for."""

from domain.distributors import models as models
from domain.distributors.accounts import DistributorChanges as DistributorChanges
from domain.distributors.accounts import DistributorKnown as DistributorKnown
from domain.distributors.accounts import NewDistributor as NewDistributor
from domain.distributors.accounts import change_distributor as change_distributor
from domain.distributors.accounts import open_distributor as open_distributor
from domain.distributors.events import FundsGrew as FundsGrew
from domain.distributors.funds import accounts_of as accounts_of
from domain.distributors.funds import book_funds as book_funds
from domain.distributors.funds import has_entry as has_entry
from domain.distributors.invariants import INVARIANTS as INVARIANTS
from domain.distributors.models import Distributor as Distributor
from domain.distributors.models import DistributorId as DistributorId
from domain.distributors.models import FundsEntry as FundsEntry
from domain.distributors.models import FundsKind as FundsKind
from domain.distributors.queries import distributors as distributors
from domain.distributors.queries import distributors_by_channel as distributors_by_channel
from domain.distributors.queries import distributors_by_id as distributors_by_id
from domain.distributors.queries import funds_entries as funds_entries
