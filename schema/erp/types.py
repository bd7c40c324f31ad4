"""The in-house ERP (内部ERP对接) as clients see it, never its credentials; what it changed and what it was told."""

from datetime import date, datetime
from typing import Any

import strawberry

from domain import catalogue, channels, erp, finance, inventory
from schema.base import Info, Node, edge, entity, field_of, id_of
from schema.catalogue.types import Variant
from schema.channels.types import Channel
from schema.inventory.documents import StockDocument
from schema.measures import Money, amount_of, money
from schema.scalars import QuantityValue

VIEW = "erp.view"
SEES_COST = "finance.see_cost"


@entity(
    reader=erp.erp_streams_by_id,
    needs=VIEW,
    description="How far one direction of the exchange with an ERP has come (进度).",
)
class ErpStream(Node):
    """`resendErpStream` moves it back."""

    kind: erp.ErpStreamKind = strawberry.field(description="What is carried.")
    cursor: str = strawberry.field(
        description="Up to where it was carried: a word of the ERP, or a position of our stock ledger."
    )
    carried: int = strawberry.field(description="How many changes or movements were carried so far.")
    moved_at: datetime | None = strawberry.field(description="When something was last carried, in UTC.")
    faults: int = strawberry.field(description="How often it failed since it last worked.")
    problem: str | None = strawberry.field(description="Why it last failed; null if it works.")
    next_at: datetime = strawberry.field(description="Not before this the clock tries again, in UTC.")
    version: int = strawberry.field(description="Grows with every change.")


@entity(
    reader=erp.partner_erps_by_id,
    needs=VIEW,
    description="An ERP that keeps books beside ours (内部ERP).",
)
class PartnerErp(Node):
    """Its credentials are sealed and never answered."""

    code: str = strawberry.field(description="Its unique code.")
    name: str = strawberry.field(description="Its name.")
    status: erp.ErpStatus = strawberry.field(description="Whether it is asked and told anything.")
    status_reason: str | None = strawberry.field(description="Why it is paused.")
    base_url: str = strawberry.field(description="Where it is called.")
    told_cost: bool = strawberry.field(description="Whether it is told what goods cost.")
    sales_from: date = strawberry.field(description="From which day on it is told of sales (UTC+8).")
    sales_until: date | None = strawberry.field(description="Up to which day, that one excluded, sales were written.")
    tested_at: datetime | None = strawberry.field(description="When the connection was last tried, in UTC.")
    test_problem: str | None = strawberry.field(description="What was wrong then; null if nothing was.")
    version: int = strawberry.field(description="Grows with every change.")
    opened_at: datetime = strawberry.field(description="Since when it is connected, in UTC.")
    streams: list[ErpStream] = edge(list[ErpStream], erp.streams_of_erps, "id", "How far each direction has come.")


@entity(
    reader=erp.erp_changes_by_id,
    needs=VIEW,
    description="One change of the ERP exactly as it came (ERP 变动), and what became of it.",
)
class ErpChange(Node):
    """However often it comes, it is one."""

    change_id: str = strawberry.field(description="The ERP's number of it.")
    status: erp.ErpChangeStatus = strawberry.field(description="What became of it.")
    problem: str | None = strawberry.field(description="Why it could not be applied, or was set aside.")
    content: str = strawberry.field(description="What the ERP said, word for word.")
    received_at: datetime = strawberry.field(description="When it came, in UTC.")
    settled_at: datetime | None = strawberry.field(description="When it was applied or set aside, in UTC.")
    settled_by: str | None = strawberry.field(description="Who applied it or set it aside.")
    partner: PartnerErp | None = edge(PartnerErp | None, erp.partner_erps_by_id, "partner_id", "Whose change it is.")
    document: StockDocument | None = edge(
        StockDocument | None,
        inventory.stock_documents_by_id,
        "document_id",
        "What posted it in our books.",
        needs="inventory.view",
    )


@strawberry.type(description="What was sold or paid back of an article.")
class SalesFeedLine:
    """Amounts are in the feed's currency."""

    position: int = strawberry.field(description="The place in the feed, from 1.")
    kind: erp.SalesLineKind = strawberry.field(description="Whether it was sold or paid back.")
    sku: str = strawberry.field(description="The SKU of the article.")
    quantity: QuantityValue = strawberry.field(description="How many.")
    amount: Money = amount_of(Money, "amount", "What buyers pay for it, or got back.")
    discount: Money = amount_of(Money, "discount", "What they pay less than its list amount.")
    variant: Variant | None = edge(
        Variant | None, catalogue.variants_by_id, "variant_id", "The article.", needs="catalogue.view"
    )

    @field_of(Money | None, f"What it cost. Requires `{SEES_COST}`.", needs=SEES_COST)
    def cost_amount(root: strawberry.Parent[Any], info: Info) -> Any:  # noqa: ARG002, N805 — the guard reads it.
        return money(root.cost_amount, finance.COMPANY_CURRENCY)


@entity(
    reader=erp.sales_feeds_by_id,
    needs=VIEW,
    description="The sales of a day in a channel as an ERP is told of them (销售日报).",
)
class SalesFeed(Node):
    """Never edited: what becomes known later is a feed of the next sequence, which adds to the earlier ones."""

    number: str = strawberry.field(description="Our number, under which the ERP takes it once.")
    day: date = strawberry.field(description="The day of the company (UTC+8).")
    sequence: int = strawberry.field(description="1 for the day itself; more for what became known later.")
    status: erp.SalesFeedStatus = strawberry.field(description="How far it has come.")
    content_hash: str = strawberry.field(description="A hash of what it says, costs aside.")
    attempts: int = strawberry.field(description="How often it was told.")
    their_number: str | None = strawberry.field(description="The number by which the ERP acknowledged it.")
    problem: str | None = strawberry.field(description="Why the ERP refused it.")
    sold_quantity: QuantityValue = strawberry.field(description="How many pieces were sold.")
    returned_quantity: QuantityValue = strawberry.field(description="How many pieces were paid back.")
    written_at: datetime = strawberry.field(description="When it was written, in UTC.")
    sent_at: datetime | None = strawberry.field(description="When it was last told, in UTC.")
    acknowledged_at: datetime | None = strawberry.field(description="When the ERP acknowledged it, in UTC.")
    version: int = strawberry.field(description="Grows with every change.")
    channel_id: strawberry.ID = id_of("Channel", "channel_id", "The id of the channel.")
    goods_amount: Money = amount_of(Money, "goods_amount", "What buyers pay for the goods.")
    discount_amount: Money = amount_of(Money, "discount_amount", "What they pay less than the list amounts.")
    freight_amount: Money = amount_of(Money, "freight_amount", "What they pay for freight.")
    returned_amount: Money = amount_of(Money, "returned_amount", "What was paid back.")
    partner: PartnerErp | None = edge(PartnerErp | None, erp.partner_erps_by_id, "partner_id", "Who is told.")
    channel: Channel | None = edge(
        Channel | None, channels.channels_by_id, "channel_id", "Where it was sold.", needs="channels.view"
    )
    lines: list[SalesFeedLine] = edge(
        list[SalesFeedLine], erp.lines_of_feeds, "id", "What was sold and paid back, article by article."
    )

    @field_of(Money | None, f"What the goods sold cost. Requires `{SEES_COST}`.", needs=SEES_COST)
    def cost_amount(root: strawberry.Parent[Any], info: Info) -> Any:  # noqa: ARG002, N805 — the guard reads it.
        return money(root.cost_amount, finance.COMPANY_CURRENCY)
