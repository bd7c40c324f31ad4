"""The exchange with the in-house ERP as clients see it. Enums are registered before any field names them."""

import strawberry

from domain import erp

strawberry.enum(erp.ErpStatus, description="Whether an ERP is asked and told anything.")
strawberry.enum(erp.ErpStreamKind, description="What is carried by a cursor.")
strawberry.enum(erp.ErpChangeStatus, description="What became of a change of the ERP.")
strawberry.enum(erp.SalesFeedStatus, description="How far the sales of a day have come to the ERP.")
strawberry.enum(erp.SalesLineKind, description="Whether goods were sold or paid back.")
