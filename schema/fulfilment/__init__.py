"""Work in the warehouse as clients see it. Enums are registered before any field names them."""

import strawberry

from domain import fulfilment

strawberry.enum(fulfilment.PickMode, description="How a wave is picked: order by order (摘果), or all at once (播种).")
strawberry.enum(fulfilment.WaveStatus, description="How far a wave has come.")
strawberry.enum(fulfilment.ReleaseStage, description="Where an order stands in its warehouse.")
strawberry.enum(fulfilment.PackageStatus, description="How far a package has come.")
strawberry.enum(fulfilment.WaybillStatus, description="What became of a number that was asked for.")
strawberry.enum(fulfilment.DeliveryOutcome, description="What became of a parcel at its buyer.")
