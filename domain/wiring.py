"""Who reacts to what (流程总表): the process of the whole company on one page, and the invariants it must keep."""

from domain import alerts as alerts
from domain import catalogue as catalogue
from domain import channels as channels
from domain import crm as crm
from domain import customers as customers
from domain import finance as finance
from domain import fulfilment as fulfilment
from domain import identity as identity
from domain import inventory as inventory
from domain import orders as orders
from domain import pricing as pricing

INVARIANTS: dict[str, str] = {}
