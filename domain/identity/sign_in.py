"""Sign-in (登录): a password opens a session; its refresh token works once, and an old one used again revokes it.

What must be remembered although it was refused (a failure, a revocation) is returned, not raised, so that it commits.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update

from domain.identity.credentials import Credentials, RefreshToken, new_refresh_token, read_refresh_token, secret_hash
from domain.identity.events import RefreshTokenReused
from domain.identity.models import ClientId, SignInSession, SignInSessionId, Staff, StaffId
from domain.identity.sessions import end_sessions
from domain.identity.staff import PASSWORD_LENGTH_MAX, checked_password, normal_email
from domain.identity.throttling import (
    TooManyAttempts,
    account_name,
    address_name,
    count_failure,
    forget_failures,
    refuse_blocked,
)
from domain.kernel import NotAllowed, Refusal, Work, action

EMAIL_LENGTH_MAX = 254
BUSY_SECONDS = 1


class WrongCredentials(Refusal):
    """The e-mail address or the password is wrong."""

    chinese = "邮箱或密码错误"


class SessionEnded(Refusal):
    """The session has ended; sign in again."""

    chinese = "会话已结束，请重新登录"


@dataclass(frozen=True)
class SignedIn:
    """An open session with the tokens that are shown once."""

    id: SignInSessionId
    staff_id: StaffId
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: datetime

    @property
    def answers(self) -> dict[str, Any]:
        return {
            "access_token": self.access_token,
            "refresh_token": self.refresh_token,
            "expires_at": self.expires_at,
            "staff_id": self.staff_id,
        }


@dataclass(frozen=True)
class SignInRefused:
    """A refusal whose traces are kept."""

    refusal: Refusal
    id: SignInSessionId | None = None

    @property
    def answers(self) -> dict[str, Any]:
        return {"refusals": [self.refusal]}


@action
async def sign_in(
    work: Work, email: str, password: str, credentials: Credentials, address: str
) -> SignedIn | SignInRefused:
    """Open a session with e-mail address and password."""
    email = normal_email(email[:EMAIL_LENGTH_MAX])
    await _one_at_a_time(work, email)
    await refuse_blocked(work, [account_name(email), address_name(address)])
    found = await work.rows(select(Staff.id, Staff.password_hash, Staff.active).where(Staff.email == email))
    known = found[0] if found else None
    right = await credentials.verify(known.password_hash if known else None, password[: PASSWORD_LENGTH_MAX + 1])
    if known is None or not right or not known.active:
        await count_failure(work, email, address)
        return SignInRefused(WrongCredentials())
    await forget_failures(work, email)
    return _opened(work, known.id, credentials)


async def _one_at_a_time(work: Work, email: str) -> None:
    """Refuse a second attempt on an account while one is being checked: the count could not keep up otherwise."""
    free = await work.session.scalar(select(func.pg_try_advisory_xact_lock(func.hashtext(account_name(email)))))
    if not free:
        raise TooManyAttempts(seconds=BUSY_SECONDS)


def _opened(work: Work, staff_id: StaffId, credentials: Credentials) -> SignedIn:
    token = new_refresh_token()
    session = SignInSession(
        staff_id=staff_id,
        client_id=ClientId(work.actor.client_id) if work.actor.client_id else None,
        family_hash=secret_hash(token.family),
        refresh_hash=secret_hash(token.rotating),
        created_at=work.now,
        refreshed_at=work.now,
        expires_at=work.now + credentials.refresh_life,
    )
    work.session.add(session)
    return _signed_in(work, session.id, staff_id, token, credentials)


def _signed_in(
    work: Work, session_id: SignInSessionId, staff_id: StaffId, token: RefreshToken, credentials: Credentials
) -> SignedIn:
    expires_at = (work.now + credentials.access_life).replace(microsecond=0)
    access_token = credentials.sign(session_id, staff_id, expires_at)
    return SignedIn(session_id, staff_id, access_token, token.text(), expires_at)


@action
async def refresh_session(work: Work, refresh_token: str, credentials: Credentials) -> SignedIn | SignInRefused:
    """Exchange a refresh token for new tokens; each works once."""
    given = read_refresh_token(refresh_token)
    if given is None:
        return SignInRefused(SessionEnded())
    following = new_refresh_token(given.family)
    of_family = SignInSession.family_hash == secret_hash(given.family)
    rotated = await work.rows(
        update(SignInSession)
        .where(
            of_family,
            SignInSession.refresh_hash == secret_hash(given.rotating),
            SignInSession.revoked_at.is_(None),
            SignInSession.expires_at > work.now,
            SignInSession.staff_id
            == select(Staff.id).where(Staff.id == SignInSession.staff_id, Staff.active).scalar_subquery(),
        )
        .values(
            refresh_hash=secret_hash(following.rotating),
            refreshed_at=work.now,
            expires_at=work.now + credentials.refresh_life,
        )
        .returning(SignInSession.id, SignInSession.staff_id)
        .execution_options(synchronize_session=False)
    )
    if rotated:
        return _signed_in(work, rotated[0].id, rotated[0].staff_id, following, credentials)
    return SignInRefused(SessionEnded(), await _revoke_family(work, secret_hash(given.family)))


async def _revoke_family(work: Work, family_hash: str) -> SignInSessionId | None:
    """End the session of a token that no longer works: whoever uses it may have stolen it."""
    ended = await work.rows(
        update(SignInSession)
        .where(SignInSession.family_hash == family_hash, SignInSession.revoked_at.is_(None))
        .values(revoked_at=work.now, revoked_because="an old refresh token was used again")
        .returning(SignInSession.id, SignInSession.staff_id)
        .execution_options(synchronize_session=False)
    )
    for each in ended:
        work.record(RefreshTokenReused(session_id=each.id, staff_id=each.staff_id))
    return ended[0].id if ended else None


@action
async def sign_out(work: Work, everywhere: bool = False) -> Staff:
    """End the session of this token, or all sessions of the person."""
    staff = await _self(work)
    if everywhere:
        await end_sessions(work, "signed out everywhere", staff_id=staff.id)
    elif work.actor.session_id is not None:
        of_session = SignInSession.id == work.actor.session_id
        ended = update(SignInSession).where(of_session, SignInSession.revoked_at.is_(None))
        ended = ended.values(revoked_at=work.now, revoked_because="signed out")
        await work.execute(ended.execution_options(synchronize_session=False))
    return staff


@action
async def change_password(
    work: Work, current_password: str, new_password: str, credentials: Credentials, address: str
) -> Staff | SignInRefused:
    """Change one's own password; the other sessions end."""
    staff = await _self(work)
    checked_password(new_password, staff.email)
    await _one_at_a_time(work, staff.email)
    await refuse_blocked(work, [account_name(staff.email), address_name(address)])
    if not await credentials.verify(staff.password_hash, current_password[: PASSWORD_LENGTH_MAX + 1]):
        await count_failure(work, staff.email, address)
        return SignInRefused(WrongCredentials())
    staff.password_hash = await credentials.hash(new_password)
    staff.version += 1
    kept = SignInSessionId(work.actor.session_id) if work.actor.session_id else None
    await end_sessions(work, "the password was changed", staff_id=staff.id, except_for=kept)
    return staff


async def _self(work: Work) -> Staff:
    staff = await work.session.get(Staff, work.actor.id) if work.actor.id and work.actor.session_id else None
    if staff is None:
        raise NotAllowed(permission=f"identity.{work.running}")
    return staff
