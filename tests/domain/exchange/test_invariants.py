"""What must hold between us and partners is seen when it does not."""

import pytest
from sqlalchemy import text

from domain import exchange
from domain.inventory import MovementKind
from domain.kernel import Work
from tests.domain.exchange.builders import a_partner, a_plan, coming
from tests.domain.inventory.builders import a_variant, a_warehouse


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("X1", "UPDATE stock_documents SET origin_id = NULL WHERE origin IS NOT NULL"),
        ("X3", "UPDATE exchange_papers SET status = 'DONE'"),
        ("X5", "UPDATE exchange_paper_lines SET held = planned"),
        ("X6", "UPDATE exchange_paper_lines SET held = planned"),
    ],
)
async def test_a_broken_rule_is_found(work: Work, name: str, damage: str) -> None:
    glove, place = await a_variant(work), await a_warehouse(work)
    await a_partner(work, place)
    plan = await a_plan(work, MovementKind.RECEIPT, place, coming(glove, 5))
    await exchange.announce_stock_document(work, plan.id)
    await work.session.flush()
    (statement,) = [sql for each, sql in exchange.INVARIANTS.items() if each.startswith(name)]
    assert await work.rows(text(statement)) == []
    await work.execute(text(damage))
    assert len(await work.rows(text(statement))) == 1
