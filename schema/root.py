"""The one schema (统一的图): Query, Mutation and Subscription, put together from the capabilities."""

from typing import Any

import strawberry
from strawberry.schema.config import StrawberryConfig

from schema.alerts.mutations import AlertsMutation
from schema.alerts.queries import AlertsQuery
from schema.alerts.subscriptions import AlertsSubscription
from schema.audit.queries import AuditQuery
from schema.base import Info, Node, find_node
from schema.bundles.mutations import BundlesMutation
from schema.catalogue.mutations import CatalogueMutation
from schema.catalogue.queries import CatalogueQuery
from schema.channels.mutations import ChannelsMutation
from schema.channels.queries import ChannelsQuery
from schema.customers.mutations import CustomersMutation
from schema.customers.queries import CustomersQuery
from schema.described import describe_arguments
from schema.desk.mutations import DeskMutation
from schema.desk.queries import DeskQuery
from schema.distributors.mutations import DistributorsMutation
from schema.distributors.queries import DistributorsQuery
from schema.drafts.mutations import DraftsMutation
from schema.drafts.queries import DraftsQuery
from schema.erp.mutations import ErpMutation
from schema.erp.queries import ErpQuery
from schema.exchange.mutations import ExchangeMutation
from schema.exchange.queries import ExchangeQuery
from schema.feedback.mutations import FeedbackMutation
from schema.feedback.queries import FeedbackQuery
from schema.finance.mutations import FinanceMutation
from schema.finance.queries import FinanceQuery
from schema.fulfilment.mutations import FulfilmentMutation
from schema.fulfilment.queries import FulfilmentQuery
from schema.identity.mutations import IdentityMutation
from schema.identity.queries import IdentityQuery
from schema.inventory.mutations import InventoryMutation
from schema.inventory.queries import InventoryQuery
from schema.jobs.mutations import JobsMutation
from schema.jobs.queries import JobsQuery
from schema.moments import snapshot
from schema.orders.bundle_sales import BundleSalesQuery
from schema.orders.checks import OrderChecksMutation, OrderChecksQuery
from schema.orders.combining_mutations import OrderCombiningMutation
from schema.orders.combining_queries import OrderCombiningQuery
from schema.orders.editing_mutations import OrderEditingMutation
from schema.orders.kind_mutations import OrderKindsMutation
from schema.orders.mutations import OrdersMutation
from schema.orders.preorders import PreordersMutation, PreordersQuery
from schema.orders.previewing import OrderPreviewQuery
from schema.orders.queries import OrdersQuery
from schema.orders.review_rules import ReviewRulesMutation, ReviewRulesQuery
from schema.papers.mutations import PapersMutation
from schema.papers.queries import PapersQuery
from schema.partners.mutations import PartnersMutation
from schema.partners.queries import PartnersQuery
from schema.pricing.floors import FloorPricesMutation, FloorPricesQuery
from schema.pricing.mutations import PricingMutation
from schema.pricing.queries import PricingQuery
from schema.promotions.mutations import PromotionsMutation
from schema.promotions.queries import PromotionsQuery
from schema.refunds.mutations import RefundsMutation
from schema.refunds.queries import RefundsQuery
from schema.refusals import REFUSAL_TYPES
from schema.reporting.mutations import ReportingMutation
from schema.reporting.queries import ReportingQuery
from schema.scalars import SCALARS, bad_input
from schema.sheets.mutations import SheetsMutation
from schema.sheets.queries import SheetsQuery
from schema.shipping.mutations import ShippingMutation
from schema.shipping.queries import ShippingQuery
from schema.stocktaking.mutations import StocktakingMutation
from schema.stocktaking.queries import StocktakingQuery
from schema.transfers.mutations import TransfersMutation
from schema.transfers.queries import TransfersQuery
from schema.uploads.types import UploadsMutation

NODES_MAX = 100


@strawberry.type(description="Who is asking.")
class Viewer:
    """The actor behind the token or key."""

    name: str = strawberry.field(description="The name of the person or client.")
    kind: str = strawberry.field(description="STAFF, CLIENT or ANONYMOUS.")

    @strawberry.field(description="The grants: `orders.review_order`, `orders.*` or `*`.")
    def permissions(root: strawberry.Parent[Any]) -> list[str]:  # noqa: N805
        return sorted(root.permissions)


@strawberry.type(description="Everything that can be asked.")
class Query(
    DistributorsQuery,
    AlertsQuery,
    AuditQuery,
    CatalogueQuery,
    CustomersQuery,
    DraftsQuery,
    ErpQuery,
    ExchangeQuery,
    FeedbackQuery,
    RefundsQuery,
    FinanceQuery,
    FloorPricesQuery,
    FulfilmentQuery,
    ShippingQuery,
    PromotionsQuery,
    IdentityQuery,
    OrderChecksQuery,
    OrdersQuery,
    ReviewRulesQuery,
    PreordersQuery,
    OrderCombiningQuery,
    BundleSalesQuery,
    OrderPreviewQuery,
    PartnersQuery,
    PricingQuery,
    ChannelsQuery,
    InventoryQuery,
    StocktakingQuery,
    TransfersQuery,
    JobsQuery,
    ReportingQuery,
    PapersQuery,
    SheetsQuery,
    DeskQuery,
):
    """Everything that can be asked."""

    @strawberry.field(description="Who is asking; needs no permission.", graphql_type=Viewer)
    def viewer(self, info: Info) -> Any:
        return info.context.actor

    @strawberry.field(description="Any object by its opaque id; null when there is none that you may see.")
    async def node(self, info: Info, id: strawberry.ID) -> Node | None:  # noqa: A002
        found: Any = await find_node(info.context, id)
        return found  # type: ignore[no-any-return]

    @strawberry.field(description="Several objects by their opaque ids, at most 100, in order.")
    async def nodes(self, info: Info, ids: list[strawberry.ID]) -> list[Node | None]:
        if len(ids) > NODES_MAX:
            raise bad_input(f"ids: at most {NODES_MAX}, not {len(ids)}")
        found: list[Any] = [await find_node(info.context, each) for each in ids]
        return found


@strawberry.type(description="Everything that can be done: one action each, in one transaction.")
class Mutation(
    AlertsMutation,
    DistributorsMutation,
    BundlesMutation,
    CatalogueMutation,
    CustomersMutation,
    DraftsMutation,
    ErpMutation,
    ExchangeMutation,
    FeedbackMutation,
    RefundsMutation,
    FinanceMutation,
    FloorPricesMutation,
    FulfilmentMutation,
    ShippingMutation,
    PromotionsMutation,
    IdentityMutation,
    OrderChecksMutation,
    OrdersMutation,
    ReviewRulesMutation,
    OrderEditingMutation,
    OrderCombiningMutation,
    OrderKindsMutation,
    PreordersMutation,
    PartnersMutation,
    PricingMutation,
    ChannelsMutation,
    InventoryMutation,
    StocktakingMutation,
    TransfersMutation,
    JobsMutation,
    ReportingMutation,
    PapersMutation,
    SheetsMutation,
    UploadsMutation,
    DeskMutation,
):
    """Everything that can be done: one action each."""


@strawberry.type(description="Everything that can be listened to, over graphql-transport-ws.")
class Subscription(AlertsSubscription):
    """Everything that can be listened to."""


schema = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=REFUSAL_TYPES,
    directives=[snapshot],
    config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=True, relay_max_results=100),
)

describe_arguments(schema._schema)  # noqa: SLF001 — Strawberry keeps the built schema there.
