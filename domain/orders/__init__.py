"""Order centre (订单中心): every order from every channel."""

from domain.orders import models as models
from domain.orders.incoming import IncomingLine as IncomingLine
from domain.orders.incoming import IncomingOrder as IncomingOrder
from domain.orders.incoming import IncomingReceiver as IncomingReceiver
from domain.orders.incoming import IncomingRefundStatus as IncomingRefundStatus
from domain.orders.incoming import IncomingStatus as IncomingStatus
from domain.orders.incoming import UnreadableTrade as UnreadableTrade
