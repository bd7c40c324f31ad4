"""Idempotency (幂等): the same key and input get the first answer again; the same key with other input is refused.

The key is inserted in the action's own transaction: a concurrent duplicate waits at the unique index until the first
one has committed (and then gets its answer) or rolled back (and then does the work itself).
"""

import json
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
KEEP = text("""
    UPDATE idempotency_keys SET response = CAST(:response AS jsonb) WHERE owner = :owner AND key = :key
""")
FIRST = select(IdempotencyKey.request_hash, IdempotencyKey.response).where(
    IdempotencyKey.owner == bindparam("owner"), IdempotencyKey.key == bindparam("key")
)


async def claim_key(work: Work, owner: str, key: str, request_hash: str) -> dict[str, Any] | None:
    """Take the key for this transaction; returns the first answer if there already was one."""
    if not 1 <= len(key) <= KEY_LENGTH_MAX:
        problem = f"must have 1 to {KEY_LENGTH_MAX} characters"
        raise BadInput(field="idempotencyKey", problem=problem).at("idempotencyKey")
    given = {"id": identifier(), "owner": owner, "key": key, "request_hash": request_hash, "now": work.now}
    if await work.change(CLAIM, given):
        return None
    first = (await work.rows(FIRST, {"owner": owner, "key": key}))[0]
    if first.request_hash != request_hash:
        raise KeyReused(key=key).at("idempotencyKey")
    answer: dict[str, Any] = first.response or {}
    return answer


async def keep_answer(work: Work, owner: str, key: str, response: dict[str, Any]) -> None:
    """Store the answer under the key, in the same transaction."""
    await work.execute(KEEP, {"owner": owner, "key": key, "response": json.dumps(response)})
