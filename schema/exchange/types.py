"""Partners' warehouses (外仓对接) as clients see them, never their credentials, and what they report, word for word."""

from datetime import datetime

import strawberry

from domain import catalogue, exchange, inventory
from schema.base import Node, edge, entity
from schema.catalogue.types import Variant
from schema.inventory.documents import StockDocument
from schema.inventory.types import Warehouse
from schema.scalars import QuantityValue

VIEW = "exchange.view"
SEE_STOCK = "inventory.view"


@entity(
    reader=exchange.partner_warehouses_by_id,
    needs=VIEW,
    description="A warehouse of ours that a partner runs (外仓).",
)
class PartnerWarehouse(Node):
    """Its credentials are sealed and never answered."""

    code: str = strawberry.field(description="Its unique code; its reports come to /webhooks/wms/CODE.")
    name: str = strawberry.field(description="Its name.")
    status: exchange.PartnerStatus = strawberry.field(description="Whether it is told anything.")
    status_reason: str | None = strawberry.field(description="Why it is paused.")
    base_url: str = strawberry.field(description="Where it is called.")
    customer_id: str = strawberry.field(description="What it calls us (customerId).")
    owner_code: str = strawberry.field(description="As whose goods it holds ours (货主编码).")
    their_code: str = strawberry.field(description="What it calls the warehouse (仓库编码).")
    tested_at: datetime | None = strawberry.field(description="When the connection was last tried, in UTC.")
    test_problem: str | None = strawberry.field(description="What was wrong then; null if nothing was.")
    takes_returns: bool = strawberry.field(description="Whether buyers send goods back there; it is told which.")
    tells_under_way: bool = strawberry.field(
        description="Whether it tells what is under way to it (ZT); then that is compared."
    )
    version: int = strawberry.field(description="Grows with every change.")
    opened_at: datetime = strawberry.field(description="Since when the partner runs it, in UTC.")
    warehouse: Warehouse | None = edge(
        Warehouse | None, inventory.warehouses_by_id, "warehouse_id", "The warehouse it runs.", needs=SEE_STOCK
    )
    defective_warehouse: Warehouse | None = edge(
        Warehouse | None,
        inventory.warehouses_by_id,
        "defective_warehouse_id",
        "Where our books hold what it holds damaged.",
        needs=SEE_STOCK,
    )


@strawberry.type(description="One article of a paper.")
class ExchangePaperLine:
    """What was asked, and what of it was done."""

    position: int = strawberry.field(description="Its number on the paper, from 1.")
    item_code: str = strawberry.field(description="What the partner calls the article: our SKU.")
    title: str = strawberry.field(description="Its title.")
    planned: QuantityValue = strawberry.field(description="How much was asked.")
    confirmed: QuantityValue = strawberry.field(description="How much was confirmed so far, also damaged.")
    held: QuantityValue = strawberry.field(
        description="What of it is held until the partner lets it out: no buyer can have it."
    )
    lot_code: str | None = strawberry.field(description="The lot it should be of, if that matters.")
    variant: Variant | None = edge(
        Variant | None, catalogue.variants_by_id, "variant_id", "The article.", needs="catalogue.view"
    )


@entity(
    reader=exchange.exchange_reports_by_id,
    needs=VIEW,
    description="One report of a partner exactly as it came (外仓回传), and what became of it.",
)
class ExchangeReport(Node):
    """However often it comes, it is one report."""

    method: str = strawberry.field(description="What the partner calls it, such as entryorder.confirm.")
    report_key: str = strawberry.field(description="The partner's number of it (outBizCode), or a hash of its content.")
    status: exchange.ReportStatus = strawberry.field(description="What became of it.")
    problem: str | None = strawberry.field(description="Why it could not be applied.")
    content: str = strawberry.field(description="What the partner sent, word for word.")
    received_at: datetime = strawberry.field(description="When it came, in UTC.")
    settled_at: datetime | None = strawberry.field(description="When it was applied or set aside, in UTC.")
    settled_by: str | None = strawberry.field(description="Who applied it or set it aside.")
    partner: PartnerWarehouse | None = edge(
        PartnerWarehouse | None, exchange.partner_warehouses_by_id, "partner_id", "Whose report it is."
    )


@entity(
    reader=exchange.exchange_papers_by_id,
    needs=VIEW,
    description="One thing a partner is asked to do (外仓单据), under a number of ours it reports back by.",
)
class ExchangePaper(Node):
    """Goods that shall come in, go to a buyer, or go out otherwise."""

    number: str = strawberry.field(description="Its number, by which the partner knows it.")
    kind: exchange.PaperKind = strawberry.field(description="What is asked.")
    type: exchange.PaperType = strawberry.field(description="Why goods come in or go out.")
    source: exchange.PaperSource = strawberry.field(description="What it carries out.")
    source_number: str = strawberry.field(description="The number of the order, document or transfer it carries out.")
    status: exchange.PaperStatus = strawberry.field(description="How far it has come.")
    their_number: str | None = strawberry.field(description="The partner's own number of it.")
    problem: str | None = strawberry.field(
        description="Why the partner refused it, or what is different from the plan."
    )
    reason: str | None = strawberry.field(description="Why goods come back.")
    carrier_code: str | None = strawberry.field(description="Who carries what comes back.")
    waybill: str | None = strawberry.field(description="The number of the parcel in which it comes back.")
    step: exchange.WarehouseStep | None = strawberry.field(description="How far the partner said it is.")
    step_at: datetime | None = strawberry.field(description="When it was so far, in UTC.")
    step_remark: str | None = strawberry.field(description="What the partner said of it.")
    written_by: str = strawberry.field(description="Who asked for it.")
    written_at: datetime = strawberry.field(description="When, in UTC.")
    sent_at: datetime | None = strawberry.field(description="When the partner took it, in UTC.")
    pause_wanted: bool = strawberry.field(description="Whether its order must wait, and the partner with it.")
    paused_at: datetime | None = strawberry.field(description="Since when the partner waits with it, in UTC.")
    closed_at: datetime | None = strawberry.field(description="When it was done or cancelled, in UTC.")
    version: int = strawberry.field(description="Grows with every change.")
    warehouse: Warehouse | None = edge(
        Warehouse | None, inventory.warehouses_by_id, "warehouse_id", "The warehouse it is about.", needs=SEE_STOCK
    )
    partner: PartnerWarehouse | None = edge(
        PartnerWarehouse | None, exchange.partner_warehouses_by_id, "partner_id", "Who is asked."
    )
    lines: list[ExchangePaperLine] = edge(
        list[ExchangePaperLine], exchange.lines_of_papers, "id", "What is asked, line by line."
    )
    reports: list[ExchangeReport] = edge(
        list[ExchangeReport], exchange.reports_of_papers, "id", "What the partner reported of it, the oldest first."
    )


@entity(
    reader=exchange.partner_articles_by_id,
    needs=VIEW,
    description="An article as a partner knows it (商品备案).",
)
class PartnerArticle(Node):
    """It is told before the first paper about it, and again when its name, barcode or weight changed."""

    item_code: str = strawberry.field(description="What the partner calls the article: our SKU.")
    their_number: str | None = strawberry.field(description="The partner's own number of it.")
    told_at: datetime | None = strawberry.field(description="When the partner last took what it was told, in UTC.")
    problem: str | None = strawberry.field(description="Why the partner did not take what it was told last.")
    variant: Variant | None = edge(
        Variant | None, catalogue.variants_by_id, "variant_id", "The article.", needs="catalogue.view"
    )


@entity(
    reader=exchange.compare_runs_by_id,
    needs=VIEW,
    description="One comparison of our book with what a partner says it holds (对账).",
)
class CompareRun(Node):
    """Its differences are listed by stockDifferences."""

    status: exchange.RunStatus = strawberry.field(description="How far it has come.")
    problem: str | None = strawberry.field(description="Why it failed.")
    articles: int = strawberry.field(description="How many articles were compared.")
    differing: int = strawberry.field(description="In how many lines the books differed.")
    asked_by: str = strawberry.field(description="Who asked for it.")
    asked_at: datetime = strawberry.field(description="When, in UTC.")
    compared_at: datetime | None = strawberry.field(description="As of when our book was last read for it, in UTC.")
    partner: PartnerWarehouse | None = edge(
        PartnerWarehouse | None, exchange.partner_warehouses_by_id, "partner_id", "Whose stock was compared."
    )


@entity(
    reader=exchange.stock_differences_by_id,
    needs=VIEW,
    description="One line in which the books differed: an article in a condition and lot.",
)
class StockDifference(Node):
    """Both figures, the cause if it is known, and who is right by rule."""

    item_code: str = strawberry.field(description="The SKU of the article.")
    goods_type: exchange.GoodsType = strawberry.field(description="In which condition; damaged is DEFECTIVE.")
    lot_code: str | None = strawberry.field(description="The lot; null for goods without one, or when none was told.")
    ours: QuantityValue = strawberry.field(description="What our book said.")
    theirs: QuantityValue = strawberry.field(description="What the partner said.")
    pending: QuantityValue = strawberry.field(description="What open papers will still bring, or take if negative.")
    promised: QuantityValue = strawberry.field(description="What of the article is promised there.")
    cause: exchange.DifferenceCause = strawberry.field(description="Why, as far as is known.")
    right: exchange.WhoIsRight = strawberry.field(description="Whose figure counts.")
    accepted_by: str | None = strawberry.field(description="Who let our book say what the partner says.")
    accepted_at: datetime | None = strawberry.field(description="When, in UTC.")
    document: StockDocument | None = edge(
        StockDocument | None,
        inventory.stock_documents_by_id,
        "document_id",
        "What posted the difference.",
        needs=SEE_STOCK,
    )
    variant: Variant | None = edge(
        Variant | None, catalogue.variants_by_id, "variant_id", "The article.", needs="catalogue.view"
    )
