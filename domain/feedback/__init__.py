"""Feedback to channels (状态回传): what each channel is told of its orders, and what it does not know yet."""

from domain.feedback.alarms import watch_feedback as watch_feedback
from domain.feedback.events import FeedbackAsked as FeedbackAsked
from domain.feedback.invariants import INVARIANTS as INVARIANTS
from domain.feedback.models import FeedbackKind as FeedbackKind
from domain.feedback.models import FeedbackStatus as FeedbackStatus
from domain.feedback.models import OrderFeedback as OrderFeedback
from domain.feedback.models import OrderFeedbackId as OrderFeedbackId
from domain.feedback.models import TradeProgress as TradeProgress
from domain.feedback.progress import StateToTell as StateToTell
from domain.feedback.progress import TradeToTell as TradeToTell
from domain.feedback.progress import progress_of as progress_of
from domain.feedback.progress import state_to_tell as state_to_tell
from domain.feedback.progress import trades_to_tell as trades_to_tell
from domain.feedback.queries import FeedbackFilter as FeedbackFilter
from domain.feedback.queries import feedback_of_orders as feedback_of_orders
from domain.feedback.queries import order_feedback as order_feedback
from domain.feedback.queries import order_feedback_by_id as order_feedback_by_id
from domain.feedback.recording import Word as Word
from domain.feedback.recording import end_decision as end_decision
from domain.feedback.recording import note_failed as note_failed
from domain.feedback.recording import note_known as note_known
from domain.feedback.recording import note_owed as note_owed
from domain.feedback.recording import note_parcels_known as note_parcels_known
from domain.feedback.resending import NoChannelToTell as NoChannelToTell
from domain.feedback.resending import owes_memo as owes_memo
from domain.feedback.resending import resend_order_feedback as resend_order_feedback
