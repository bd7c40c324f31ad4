"""Idempotency (幂等): the same key and input get the first answer again; the same key with other input is refused.

The key is inserted in the action's own transaction: a concurrent duplicate waits at the unique index until the first
one has committed (and then gets its answer) or rolled back (and then does the work itself).
"""

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from domain.kernel.records import IdempotencyKey
from domain.kernel.refusals import BadInput, KeyReused
from domain.kernel.tables import identifier
from domain.kernel.work import Work

KEY_LENGTH_MAX = 200


async def claim_key(work: Work, owner: str, key: str, request_hash: str) -> dict[str, Any] | None:
    """Take the key for this transaction; returns the first answer if there already was one."""
    if not 1 <= len(key) <= KEY_LENGTH_MAX:
        problem = f"must have 1 to {KEY_LENGTH_MAX} characters"
        raise BadInput(field="idempotencyKey", problem=problem).at("idempotencyKey")
    row = {"id": identifier(), "owner": owner, "key": key, "request_hash": request_hash, "created_at": work.now}
    if await work.change(insert(IdempotencyKey).values(row).on_conflict_do_nothing()):
        return None
    of_key = (IdempotencyKey.owner == owner, IdempotencyKey.key == key)
    first = (await work.rows(select(IdempotencyKey.request_hash, IdempotencyKey.response).where(*of_key)))[0]
    if first.request_hash != request_hash:
        raise KeyReused(key=key).at("idempotencyKey")
    answer: dict[str, Any] = first.response or {}
    return answer


async def keep_answer(work: Work, owner: str, key: str, response: dict[str, Any]) -> None:
    """Store the answer under the key, in the same transaction."""
    of_key = (IdempotencyKey.owner == owner, IdempotencyKey.key == key)
    await work.execute(update(IdempotencyKey).where(*of_key).values(response=response))
