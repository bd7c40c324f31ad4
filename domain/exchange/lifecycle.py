"""The life of a paper between us and a partner (外仓单据状态), as one table."""

from domain.exchange.models import PaperStatus
from domain.kernel import Lifecycle

P = PaperStatus

PAPERS = Lifecycle[PaperStatus](
    "paper",
    {
        # A partner may confirm before its answer to our call has reached us.
        P.PENDING: {P.SENT, P.REFUSED, P.PARTLY_DONE, P.DONE, P.CANCELLING},
        P.SENT: {P.PARTLY_DONE, P.DONE, P.CANCELLING, P.REFUSED},
        P.REFUSED: {P.PENDING, P.CANCELLED},
        P.PARTLY_DONE: {P.PARTLY_DONE, P.DONE, P.CANCELLING},
        # It may be too late: what has left has left.
        P.CANCELLING: {P.CANCELLED, P.SENT, P.PARTLY_DONE, P.DONE},
        P.DONE: set(),
        P.CANCELLED: set(),
    },
)

OVER = (P.DONE, P.CANCELLED)
"""States in which nothing more is expected of the partner."""
