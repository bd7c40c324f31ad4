"""Order drafts (订单草稿): what the call centre writes down while a buyer is on the phone, until it is an order."""

from domain.drafts import models as models
from domain.drafts.contents import DraftContent as DraftContent
from domain.drafts.contents import DraftReceiver as DraftReceiver
from domain.drafts.copying import copy_order as copy_order
from domain.drafts.invariants import INVARIANTS as INVARIANTS
from domain.drafts.models import DraftStatus as DraftStatus
from domain.drafts.models import OrderDraft as OrderDraft
from domain.drafts.models import OrderDraftId as OrderDraftId
from domain.drafts.placing import DraftPlacement as DraftPlacement
from domain.drafts.placing import place_order_draft as place_order_draft
from domain.drafts.queries import DraftFilter as DraftFilter
from domain.drafts.queries import order_drafts_by_id as order_drafts_by_id
from domain.drafts.queries import order_drafts_page as order_drafts_page
from domain.drafts.quoting import Quote as Quote
from domain.drafts.quoting import QuotedLine as QuotedLine
from domain.drafts.quoting import lines_of as lines_of
from domain.drafts.quoting import quotes_of as quotes_of
from domain.drafts.saving import DraftTaken as DraftTaken
from domain.drafts.saving import discard_order_draft as discard_order_draft
from domain.drafts.saving import expire_order_drafts as expire_order_drafts
from domain.drafts.saving import save_order_draft as save_order_draft
from domain.drafts.saving import start_order_draft as start_order_draft
from domain.drafts.saving import take_order_draft as take_order_draft
