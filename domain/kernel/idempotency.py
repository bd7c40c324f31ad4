"""Idempotency (幂等): the same key and input get the first answer again; the same key with other input is refused.

The key is inserted in the action's own transaction: a concurrent duplicate waits at the unique index until the first
one has committed (and then gets its answer) or rolled back (and then does the work itself).
"""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import DateTime, Uuid, bindparam, select, text

from domain.kernel.records import IdempotencyKey
from domain.kernel.refusals import BadInput, KeyReused
from domain.kernel.tables import identifier
from domain.kernel.work import Work

KEY_LENGTH_MAX = 200

# Every mutation with a key pays for these, so they are text: building statements costs more than running them.
CLAIM = text("""
    INSERT INTO idempotency_keys (id, owner, key, request_hash, created_at)
    VALUES (:id, :owner, :key, :request_hash, :now) ON CONFLICT DO NOTHING
""").bindparams(bindparam("id", type_=Uuid), bindparam("now", type_=DateTime(timezone=True)))
FIRST = select(IdempotencyKey.request_hash, IdempotencyKey.response).where(
    IdempotencyKey.owner == bindparam("owner"), IdempotencyKey.key == bindparam("key")
)


CLAIM_MANY = text("""
    INSERT INTO idempotency_keys (id, owner, key, request_hash, created_at)
    SELECT gen_random_uuid(), :owner, given.key, given.request_hash, :now
    FROM unnest(CAST(:keys AS text[]), CAST(:hashes AS text[])) AS given (key, request_hash) ORDER BY given.key
    ON CONFLICT DO NOTHING RETURNING key
""").bindparams(bindparam("now", type_=DateTime(timezone=True)))
FIRST_MANY = text("SELECT key, request_hash, response FROM idempotency_keys WHERE owner = :owner AND key = ANY (:keys)")
KEEP_MANY = text("""
    UPDATE idempotency_keys AS kept SET response = given.response
    FROM unnest(CAST(:keys AS text[]), CAST(CAST(:responses AS text[]) AS jsonb[])) AS given (key, response)
    WHERE kept.owner = :owner AND kept.key = given.key
""")
FORGET_MANY = text("DELETE FROM idempotency_keys WHERE owner = :owner AND key = ANY (:keys)")


async def claim_keys(work: Work, owner: str, hashes: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Take many keys, by their request's hash, in two statements; returns the first answers of those that had one."""
    if not hashes:
        return {}
    for key in hashes:
        _check_length(key)
    keys = list(hashes)
    given = {"owner": owner, "keys": keys, "hashes": list(hashes.values()), "now": work.now}
    taken = {row.key for row in await work.rows(CLAIM_MANY, given)}
    rest = [key for key in keys if key not in taken]
    known = await work.rows(FIRST_MANY, {"owner": owner, "keys": rest}) if rest else []
    for row in known:
        if row.request_hash != hashes[row.key]:
            raise KeyReused(key=row.key).at("idempotencyKey")
    return {row.key: _answer(row.response) for row in known}


async def keep_answers(work: Work, owner: str, answers: Mapping[str, dict[str, Any] | None]) -> None:
    """Store the answers under their keys, in the same transaction; without an answer a key is given back."""
    kept = {key: json.dumps(each) for key, each in answers.items() if each is not None}
    gone = [key for key, each in answers.items() if each is None]
    if kept:
        given = {"owner": owner, "keys": list(kept), "responses": list(kept.values())}
        await work.execute(KEEP_MANY, given)
    if gone:
        await work.execute(FORGET_MANY, {"owner": owner, "keys": gone})


def _answer(response: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(response) if isinstance(response, str) else response or {}
    return found


def _check_length(key: str) -> None:
    if not 1 <= len(key) <= KEY_LENGTH_MAX:
        problem = f"must have 1 to {KEY_LENGTH_MAX} characters"
        raise BadInput(field="idempotencyKey", problem=problem).at("idempotencyKey")


async def claim_key(work: Work, owner: str, key: str, request_hash: str) -> dict[str, Any] | None:
    """Take the key for this transaction; returns the first answer if there already was one."""
    _check_length(key)
    given = {"id": identifier(), "owner": owner, "key": key, "request_hash": request_hash, "now": work.now}
    if await work.change(CLAIM, given):
        return None
    first = (await work.rows(FIRST, {"owner": owner, "key": key}))[0]
    if first.request_hash != request_hash:
        raise KeyReused(key=key).at("idempotencyKey")
    answer: dict[str, Any] = first.response or {}
    return answer
