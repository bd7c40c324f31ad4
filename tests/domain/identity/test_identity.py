"""Who may act: nobody grants more than they have, an edit ends sessions, and what is known is never kept in clear."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from domain import identity
from domain.identity.credentials import new_api_key, new_refresh_token, read_refresh_token
from domain.identity.models import SignInAttempt, SignInSession
from domain.identity.permissions import is_known
from domain.identity.throttling import BLOCK_MAX, block_after
from domain.kernel import Actor, ActorKind, BadInput, NotAllowed, Work

PASSWORD = "correct horse battery"


async def hashed(password: str) -> str:
    return f"hash of {password}"


async def verified(kept: str | None, password: str) -> bool:
    return kept == f"hash of {password}"


CREDENTIALS = identity.Credentials(hash=hashed, verify=verified, sign=lambda session, _staff, _end: f"token {session}")


async def a_person(
    work: Work, email: str = "li@example.com", permissions: tuple[str, ...] = ("alerts.view",)
) -> identity.Staff:
    role = await identity.create_role(work, f"role-{uuid4().hex[:8]}", "Role", permissions)
    new = identity.NewStaff(email=email, name="Li", role_id=role.id, password=PASSWORD)
    return await identity.add_staff(work, new, CREDENTIALS)


def acting(work: Work, *permissions: str, **given: object) -> Work:
    actor = Actor(kind=ActorKind.STAFF, id=uuid4(), name="Wang", permissions=frozenset(permissions), **given)  # type: ignore[arg-type]
    return replace(work, actor=actor)


async def sign_in(work: Work, password: str = PASSWORD, email: str = "li@example.com") -> object:
    return await identity.sign_in(work, email, password, CREDENTIALS, "10.0.0.1")


@pytest.mark.parametrize(
    ("permission", "known"),
    [
        ("*", True),
        ("identity.*", True),
        ("identity.view", True),
        ("kernel.view_audit_log", True),
        ("identity.add_staff", True),
        ("identity.ad_staff", False),
        ("identty.*", False),
        ("orders.add_staff", False),
        ("add_staff", False),
        ("", False),
        ("**", False),
    ],
)
def test_a_grant_names_something_that_exists(permission: str, known: bool) -> None:
    assert is_known(permission) is known


async def test_an_unknown_permission_is_refused(work: Work) -> None:
    with pytest.raises(identity.UnknownPermission):
        await identity.create_role(work, "packer", "Packer", ["orders.reviw_order"])


@pytest.mark.parametrize("grants", [["*"], ["identity.*"], ["alerts.view"]])
async def test_nobody_grants_more_than_they_have(work: Work, grants: list[str]) -> None:
    with pytest.raises(identity.GrantExceeded):
        await identity.create_role(acting(work, "identity.create_role"), "packer", "Packer", grants)


async def test_a_role_beyond_ones_own_is_not_given_away(work: Work) -> None:
    admin = await identity.create_role(work, "boss", "Boss", ["*"])
    new = identity.NewStaff(email="x@example.com", name="X", role_id=admin.id, password=PASSWORD)
    with pytest.raises(identity.GrantExceeded):
        await identity.add_staff(acting(work, "identity.*"), new, CREDENTIALS)


async def test_a_scope_beyond_ones_own_is_not_given_away(work: Work) -> None:
    own, other = uuid4(), uuid4()
    giver = acting(work, "*", channels=frozenset({own}))
    role = await identity.create_role(work, "clerk", "Clerk", ["alerts.view"])
    for channel_ids in (None, (other,), (own, other)):
        new = identity.NewStaff(
            email="x@example.com", name="X", role_id=role.id, password=PASSWORD, scope=identity.Scope(channel_ids)
        )
        with pytest.raises(identity.GrantExceeded):
            await identity.add_staff(giver, new, CREDENTIALS)


@pytest.mark.parametrize(
    ("email", "password"),
    [("no address", PASSWORD), ("a@b", "short"), ("a@b", "x" * 129), ("longer@example.com", "Longer@example.com")],
)
async def test_a_bad_address_or_password_is_refused(work: Work, email: str, password: str) -> None:
    role = await identity.create_role(work, "clerk", "Clerk", ["alerts.view"])
    new = identity.NewStaff(email=email, name="X", role_id=role.id, password=password)
    with pytest.raises(BadInput):
        await identity.add_staff(work, new, CREDENTIALS)


async def test_an_address_has_one_account_however_it_is_written(work: Work) -> None:
    await a_person(work)
    with pytest.raises(identity.EmailTaken):
        await a_person(work, " LI@Example.com ")


async def test_an_edit_of_the_reach_ends_the_sessions(work: Work) -> None:
    staff = await a_person(work)
    signed_in = await sign_in(work)
    assert isinstance(signed_in, identity.SignedIn)
    await identity.edit_staff(work, staff.id, identity.StaffChanges(scope=identity.Scope((uuid4(),))))
    again = await identity.refresh_session(work, signed_in.refresh_token, CREDENTIALS)
    assert isinstance(again, identity.SignInRefused)
    assert isinstance(await sign_in(work), identity.SignedIn)
    await identity.edit_staff(work, staff.id, identity.StaffChanges(active=False))
    assert isinstance(await sign_in(work), identity.SignInRefused)


async def test_nobody_locks_themselves_out(work: Work) -> None:
    staff = await a_person(work, permissions=("*",))
    own = replace(work, actor=replace(work.actor, id=staff.id))
    with pytest.raises(identity.OwnAccount):
        await identity.edit_staff(own, staff.id, identity.StaffChanges(active=False))


async def test_a_refresh_token_rotates_and_any_old_one_ends_the_session(work: Work) -> None:
    await a_person(work)
    first = await sign_in(work)
    assert isinstance(first, identity.SignedIn)
    second = await identity.refresh_session(work, first.refresh_token, CREDENTIALS)
    assert isinstance(second, identity.SignedIn)
    third = await identity.refresh_session(work, second.refresh_token, CREDENTIALS)
    assert isinstance(third, identity.SignedIn)
    assert isinstance(await identity.refresh_session(work, first.refresh_token, CREDENTIALS), identity.SignInRefused)
    assert work.facts[-1] == identity.RefreshTokenReused(session_id=first.id, staff_id=first.staff_id)
    assert isinstance(await identity.refresh_session(work, third.refresh_token, CREDENTIALS), identity.SignInRefused)


async def test_a_session_that_nobody_refreshes_ends(work: Work) -> None:
    await a_person(work)
    first = await sign_in(work)
    assert isinstance(first, identity.SignedIn)
    later = replace(work, now=work.now + CREDENTIALS.refresh_life + timedelta(seconds=1))
    assert isinstance(await identity.refresh_session(later, first.refresh_token, CREDENTIALS), identity.SignInRefused)


@pytest.mark.parametrize("token", ["", ".", "a.", ".b", "no dot", "x.y", "a." + "b" * 300, "\x00.\x00"])
async def test_a_text_that_is_no_refresh_token_is_refused(work: Work, token: str) -> None:
    assert isinstance(await identity.refresh_session(work, token, CREDENTIALS), identity.SignInRefused)


async def test_failures_block_the_name_for_longer_each_time(work: Work) -> None:
    await a_person(work)
    moment = work
    for expected in (30, 60, 120):
        for _ in range(5 if expected == 30 else 1):
            assert isinstance(await sign_in(moment, "wrong"), identity.SignInRefused)
        with pytest.raises(identity.TooManyAttempts) as refused:
            await sign_in(moment)
        assert refused.value.seconds == expected + 1
        moment = replace(moment, now=moment.now + timedelta(seconds=expected + 1))
    assert isinstance(await sign_in(moment), identity.SignedIn)
    left = await work.rows(select(SignInAttempt.name))
    assert [row.name.partition(":")[0] for row in left] == ["address"]


def test_a_block_grows_to_a_limit() -> None:
    assert [block_after(failures, 5) for failures in (0, 4)] == [None, None]
    assert block_after(5, 5) == timedelta(seconds=30)
    assert block_after(10_000, 5) == BLOCK_MAX


async def test_a_new_password_ends_the_other_sessions(work: Work) -> None:
    staff = await a_person(work)
    other, own = await sign_in(work), await sign_in(work)
    assert isinstance(own, identity.SignedIn)
    assert isinstance(other, identity.SignedIn)
    actor = Actor(kind=ActorKind.STAFF, id=staff.id, name="Li", permissions=frozenset({"*"}), session_id=own.id)
    me = replace(work, actor=actor)
    wrong = await identity.change_password(me, "wrong", "another password", CREDENTIALS, "10.0.0.1")
    assert isinstance(wrong, identity.SignInRefused)
    await identity.change_password(me, PASSWORD, "another password", CREDENTIALS, "10.0.0.1")
    assert isinstance(await identity.refresh_session(work, own.refresh_token, CREDENTIALS), identity.SignedIn)
    assert isinstance(await identity.refresh_session(work, other.refresh_token, CREDENTIALS), identity.SignInRefused)
    assert isinstance(await sign_in(work, "another password"), identity.SignedIn)


async def test_a_program_has_no_account_to_sign_out_of(work: Work) -> None:
    with pytest.raises(NotAllowed):
        await identity.sign_out(work)


async def test_a_key_is_kept_as_a_hash_and_ends_with_its_sessions(work: Work) -> None:
    new = identity.NewApiClient(
        code="site", name="Site", kind=identity.ClientKind.OFFICIAL_SITE, permissions=("alerts.view",)
    )
    made = await identity.create_api_client(work, new)
    assert made.key not in str(vars(made.client))
    assert made.key not in repr(made)
    await a_person(work)
    through = replace(work, actor=replace(work.actor, client_id=UUID(str(made.id))))
    assert isinstance(await sign_in(through), identity.SignedIn)
    await identity.revoke_api_client(work, made.id)
    ended = await work.rows(select(SignInSession.revoked_because))
    assert [row.revoked_because for row in ended] == ["the client was revoked"]


@pytest.mark.parametrize(
    "origin", ["*", "shop.example", "https://shop.example/", "javascript:x", "https://a b", "https://"]
)
async def test_an_origin_is_what_a_browser_sends(work: Work, origin: str) -> None:
    new = identity.NewApiClient(
        code="site", name="Site", kind=identity.ClientKind.OFFICIAL_SITE, permissions=(), origins=(origin,)
    )
    with pytest.raises(BadInput):
        await identity.create_api_client(work, new)


def test_keys_and_tokens_are_long_and_never_equal() -> None:
    assert len({new_api_key() for _ in range(100)}) == 100
    assert all(len(new_api_key()) == 46 for _ in range(10))
    token = new_refresh_token()
    assert read_refresh_token(token.text()) == token
