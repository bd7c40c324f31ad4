"""Signing in: tokens rotate, a used one ends the session, guessing is slowed, and who leaves is out at once."""

from typing import Any

from tests.stories.company import PASSWORD, REVIEWING, Company, until

VIEWER = "{ viewer { name kind permissions } }"
TOKENS = "accessToken refreshToken expiresAt"


async def refresh(company: Company, token: str) -> Any:
    return await company.nobody.do("refreshSession", TOKENS, {"refreshToken": token})


async def test_tokens_rotate_and_a_used_one_ends_the_session(company: Company) -> None:
    signed_in = await company.sign_in(await company.account(REVIEWING, name="钱一"))
    client = company.nobody.with_token(signed_in["accessToken"])
    viewer = (await client.ask(VIEWER))["viewer"]
    assert (viewer["name"], viewer["kind"]) == ("钱一", "STAFF")
    assert set(viewer["permissions"]) > set(REVIEWING)
    second = await refresh(company, signed_in["refreshToken"])
    assert second["refusals"] == []
    assert second["refreshToken"] != signed_in["refreshToken"]
    stolen = await refresh(company, signed_in["refreshToken"])
    assert (stolen["accessToken"], stolen["refusals"][0]["code"]) == (None, "SESSION_ENDED")
    assert (await refresh(company, second["refreshToken"]))["refusals"][0]["code"] == "SESSION_ENDED"

    async def out() -> bool:
        return await company.nobody.with_token(second["accessToken"]).codes(VIEWER) == ["UNAUTHENTICATED"]

    await until(out)


async def test_guessing_is_slowed_and_tells_nothing(company: Company) -> None:
    email = await company.account(REVIEWING)
    answers = [await company.sign_in(email, f"wrong password {each}") for each in range(8)]
    codes = [each["refusals"][0]["code"] for each in answers]
    assert codes == ["WRONG_CREDENTIALS"] * 5 + ["TOO_MANY_ATTEMPTS"] * 3
    assert (await company.sign_in(email, PASSWORD))["refusals"][0]["code"] == "TOO_MANY_ATTEMPTS"
    unknown = [await company.sign_in("nobody@example.com", f"wrong password {each}") for each in range(8)]
    assert [each["refusals"][0]["message"][:20] for each in unknown] == [
        each["refusals"][0]["message"][:20] for each in answers
    ]


async def test_who_leaves_is_out_at_once(company: Company) -> None:
    email = await company.account(REVIEWING)
    signed_in = await company.sign_in(email)
    client = company.nobody.with_token(signed_in["accessToken"])
    assert (await client.ask(VIEWER))["viewer"]["kind"] == "STAFF"
    staff = (await company.admin.ask("{ staffMembers(first: 100) { nodes { id email } } }"))["staffMembers"]["nodes"]
    (person,) = [each for each in staff if each["email"] == email]
    async with client.listening("orderAlerts"):
        await company.admin.done("editStaff", "active", {"id": person["id"], "active": False})

        async def out() -> bool:
            return await client.codes(VIEWER) == ["UNAUTHENTICATED"]

        await until(out)
    assert (await refresh(company, signed_in["refreshToken"]))["refusals"][0]["code"] == "SESSION_ENDED"
    assert (await company.sign_in(email))["refusals"][0]["code"] == "WRONG_CREDENTIALS"


async def test_a_key_that_was_taken_back_opens_nothing(company: Company) -> None:
    site = await company.program("site-main")
    viewer = (await site.ask(VIEWER))["viewer"]
    assert viewer["kind"] == "CLIENT"
    clients = (await company.admin.ask("{ apiClients(first: 100) { nodes { id code } } }"))["apiClients"]["nodes"]
    (mine,) = [each for each in clients if each["code"] == viewer["name"]]
    await company.admin.done("revokeApiClient", "active", {"id": mine["id"]})

    async def out() -> bool:
        return await site.codes(VIEWER) == ["UNAUTHENTICATED"]

    await until(out)
    forged = company.nobody.with_token("eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.")
    assert await forged.codes(VIEWER) == ["UNAUTHENTICATED"]
