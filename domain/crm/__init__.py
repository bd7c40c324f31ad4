"""Customer care (客户关怀): messages that follow from facts."""

from domain.crm import models as models
from domain.crm.events import MessageOwed as MessageOwed
from domain.crm.models import Message as Message
from domain.crm.models import MessageId as MessageId
from domain.crm.models import MessageState as MessageState
from domain.crm.notices import MessageToSend as MessageToSend
from domain.crm.notices import message_to_send as message_to_send
from domain.crm.notices import mobile_of as mobile_of
from domain.crm.notices import note_refused as note_refused
from domain.crm.notices import note_sent as note_sent
from domain.crm.notices import send_shipping_notice as send_shipping_notice
