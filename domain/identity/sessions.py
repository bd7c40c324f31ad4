"""Sign-in sessions (登录会话): how they end; what ended never comes back."""

from sqlalchemy import update

from domain.identity.models import ClientId, SignInSession, SignInSessionId, StaffId
from domain.kernel import Work


async def end_sessions(
    work: Work,
    because: str,
    *,
    staff_id: StaffId | None = None,
    client_id: ClientId | None = None,
    except_for: SignInSessionId | None = None,
) -> int:
    """Revoke the open sessions of a person or of a program; returns how many."""
    ending = update(SignInSession).where(SignInSession.revoked_at.is_(None))
    if staff_id is not None:
        ending = ending.where(SignInSession.staff_id == staff_id)
    if client_id is not None:
        ending = ending.where(SignInSession.client_id == client_id)
    if except_for is not None:
        ending = ending.where(SignInSession.id != except_for)
    ended = ending.values(revoked_at=work.now, revoked_because=because)
    return await work.change(ended.execution_options(synchronize_session=False))
