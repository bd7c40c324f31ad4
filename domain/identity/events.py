"""Facts about who may act (身份事实)."""

from domain.identity.models import ClientId, SignInSessionId, StaffId
from domain.kernel import Event


class StaffAdded(Event):
    """A person was given an account."""

    staff_id: StaffId


class StaffEdited(Event):
    """A person's role, scope or account changed; their sessions ended."""

    staff_id: StaffId


class StaffWentOffDuty(Event):
    """A person went off duty and leaves what they had to do to who is on duty."""

    staff_id: StaffId


class ApiClientRevoked(Event):
    """A program's key was revoked."""

    client_id: ClientId


class RefreshTokenReused(Event):
    """An old refresh token was used again: it was probably stolen, and its session is revoked."""

    session_id: SignInSessionId
    staff_id: StaffId


class SignInBlocked(Event):
    """Too many failed sign-ins for one account name or address."""

    counted_name: str
    failures: int
