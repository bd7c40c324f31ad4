"""The scans of the watch as statements (定时警示语句): everything of a kind at once, bounded, from days added up."""

from typing import Any

from sqlalchemy import Date, DateTime, TextClause, bindparam, text

from domain.inventory.statements import FREE_OF_ITEM
from domain.inventory.watch_rules import rules_of, rules_of_place

SCAN_MAX = 10_000
USUAL_DAYS_MIN = 5
"""On fewer days nothing is usual yet."""

UNUSUAL_MIN = 5
"""Fewer pieces are never unusual."""

SOLD_DAYS_MIN = 3
"""What was sold on fewer days of four weeks has no trend."""

UNTOLD_MINUTES = 30
"""A listing that owes its shop a number for longer is a difference between book and channel, not a push under way."""


def scan(sql: str) -> TextClause:
    """Prepare a scan as of a day and a moment."""
    types: dict[str, Any] = {"today": Date(), "now": DateTime(timezone=True)}
    named = [bindparam(name, type_=kind) for name, kind in types.items() if f":{name}" in sql]
    return text(sql).bindparams(*named)


# A day of the company; the rest of the ledger is what nobody has added up yet.
LATELY = """
    WITH moved AS (
        SELECT variant_id, warehouse_id, day, sum(came) AS came, sum(went) AS went, sum(sold) AS sold FROM (
            SELECT variant_id, warehouse_id, day, in_quantity AS came, out_quantity AS went,
                CASE WHEN kind = 'SALE' THEN out_quantity ELSE 0 END AS sold
            FROM stock_days WHERE day > :today - 32 AND day <= :today
            UNION ALL
            SELECT variant_id, warehouse_id, (effective_at AT TIME ZONE interval '8 hours')::date,
                greatest(quantity, 0), greatest(-quantity, 0),
                CASE WHEN kind = 'SALE' THEN greatest(-quantity, 0) ELSE 0 END
            FROM stock_ledger WHERE position > stock_summed_to() AND counterpart_id <> warehouse_id
        ) AS parts
        WHERE day > :today - 32 AND day <= :today GROUP BY 1, 2, 3
    )
"""

EXPIRING = scan(f"""
    SELECT lots.variant_id, balance.warehouse_id, lots.id AS lot_id, lots.code, lots.expires_on, balance.on_hand,
        of_variant.sku, place.code AS warehouse, tier, rules.expiry_tiers[cardinality(rules.expiry_tiers)] AS last_tier
    FROM lots
    JOIN LATERAL (
        SELECT warehouse_id, sum(on_hand) AS on_hand FROM stock_balances
        WHERE lot_id = lots.id AND on_hand > 0 GROUP BY 1
    ) AS balance ON true
    JOIN warehouses AS place ON place.id = balance.warehouse_id
    {rules_of("lots.variant_id", "balance.warehouse_id")}
    CROSS JOIN LATERAL unnest(rules.expiry_tiers) AS tier
    WHERE lots.expires_on <= :today + (SELECT max(days) FROM watch_policies, unnest(expiry_tiers) AS days)
      AND lots.expires_on <= :today + tier
    ORDER BY lots.expires_on, lots.id, tier LIMIT {SCAN_MAX}
""")  # noqa: S608 — The formulas are ours.

# What is usual are the thirty days before yesterday, those on which nothing moved among them. Today and yesterday are
# held against it, so that a day is looked at when it is complete, and forgotten two days later. Whether far less moved
# than usual, or nothing at all, is known of yesterday only.
UNLIKE_OTHERS = scan(f"""
    {LATELY}, directed AS (
        SELECT variant_id, warehouse_id, 'IN' AS direction, day, came AS quantity FROM moved WHERE came > 0
        UNION ALL SELECT variant_id, warehouse_id, 'OUT', day, went FROM moved WHERE went > 0
    ), usual AS (
        SELECT variant_id, warehouse_id, direction, sum(quantity) / 30 AS mean,
            sqrt(greatest(sum(quantity * quantity) / 30 - (sum(quantity) / 30) * (sum(quantity) / 30), 0)) AS deviation
        FROM directed WHERE day <= :today - 2 GROUP BY 1, 2, 3 HAVING count(*) >= {USUAL_DAYS_MIN}
    ), latest AS (
        SELECT DISTINCT ON (variant_id, warehouse_id, direction) *, false AS less FROM directed
        WHERE day > :today - 2 AND quantity >= {UNUSUAL_MIN}
        ORDER BY variant_id, warehouse_id, direction, quantity DESC, day
    ), yesterday AS (
        SELECT variant_id, warehouse_id, direction, :today - 1 AS day, coalesce(directed.quantity, 0) AS quantity,
            true AS less
        FROM usual LEFT JOIN (SELECT * FROM directed WHERE day = :today - 1) AS directed
            USING (variant_id, warehouse_id, direction)
        WHERE usual.mean >= {UNUSUAL_MIN}
    )
    SELECT latest.*, usual.mean, usual.deviation, rules.deviation_factor AS factor, of_variant.sku,
        place.code AS warehouse
    FROM (SELECT * FROM latest UNION ALL SELECT * FROM yesterday) AS latest
    JOIN usual USING (variant_id, warehouse_id, direction)
    JOIN warehouses AS place ON place.id = latest.warehouse_id
    {rules_of("latest.variant_id", "latest.warehouse_id")}
    WHERE CASE WHEN less
        THEN quantity * rules.deviation_factor < mean AND quantity < mean - rules.deviation_factor * deviation
        ELSE quantity > rules.deviation_factor * mean AND quantity > mean + rules.deviation_factor * deviation END
    ORDER BY less, quantity / mean DESC, variant_id, warehouse_id, direction LIMIT {SCAN_MAX}
""")  # noqa: S608 — as above.

# Sales of the last week count when they are higher than those of four weeks: a trend is seen before it is a mean.
RUNNING_OUT = scan(f"""
    {LATELY}, sold AS (
        SELECT variant_id, warehouse_id,
            greatest(sum(sold) / 28, coalesce(sum(sold) FILTER (WHERE day >= :today - 7), 0) / 7) AS daily
        FROM moved WHERE sold > 0 AND day >= :today - 28 AND day < :today
        GROUP BY 1, 2 HAVING count(*) >= {SOLD_DAYS_MIN}
    )
    SELECT item.variant_id, item.warehouse_id, item.in_transit, {FREE_OF_ITEM} AS free, sold.daily,
        CAST(:today AS date) AS today, rules.stock_out_days AS horizon, of_variant.sku, place.code AS warehouse
    FROM sold JOIN stock_items AS item USING (variant_id, warehouse_id)
    JOIN warehouses AS place ON place.id = item.warehouse_id AND place.active
    {rules_of("item.variant_id", "item.warehouse_id")}
    WHERE {FREE_OF_ITEM} <= sold.daily * rules.stock_out_days AND of_product.status = 'ACTIVE'
    ORDER BY {FREE_OF_ITEM} / sold.daily, item.variant_id, item.warehouse_id LIMIT {SCAN_MAX}
""")  # noqa: S608 — as above.

FROZEN = scan(f"""
    SELECT lots.variant_id, balance.warehouse_id, lots.id::text AS lot, lots.code, lots.status, balance.on_hand,
        extract(day FROM :now - lots.status_since)::int AS days, rules.frozen_days AS allowed, of_variant.sku,
        place.code AS warehouse
    FROM lots
    JOIN LATERAL (
        SELECT warehouse_id, sum(on_hand) AS on_hand FROM stock_balances
        WHERE lot_id = lots.id AND on_hand > 0 GROUP BY 1
    ) AS balance ON true
    JOIN warehouses AS place ON place.id = balance.warehouse_id
    {rules_of("lots.variant_id", "balance.warehouse_id")}
    WHERE lots.status <> 'GOOD' AND lots.status_since <= :now - rules.frozen_days * interval '1 day'
    ORDER BY lots.status_since, lots.id, balance.warehouse_id LIMIT {SCAN_MAX}
""")  # noqa: S608 — as above.

IDLE_BINS = scan(f"""
    SELECT bins.id AS bin_id, bins.code, bins.warehouse_id, place.code AS warehouse, used.on_hand,
        extract(day FROM :now - used.moved_at)::int AS days
    FROM bins JOIN warehouses AS place ON place.id = bins.warehouse_id AND place.active
    {rules_of_place("bins.warehouse_id")}
    JOIN LATERAL (
        SELECT max(moved_at) AS moved_at, sum(on_hand) AS on_hand FROM stock_balances WHERE bin_id = bins.id
    ) AS used ON used.moved_at <= :now - rules.idle_bin_days * interval '1 day'
    WHERE bins.active ORDER BY used.moved_at, bins.id LIMIT {SCAN_MAX}
""")  # noqa: S608 — as above.

UNTOLD = scan(f"""
    SELECT listings.id AS listing_id, listings.variant_id, listings.channel_id, listings.external_sku,
        coalesce(listings.shown_quantity, 0) AS shown, channels.name AS channel, variants.sku,
        (extract(epoch FROM :now - listings.stock_owed_since) / 60)::int AS minutes
    FROM listings JOIN channels ON channels.id = listings.channel_id AND channels.status = 'OPEN'
    JOIN variants ON variants.id = listings.variant_id
    WHERE listings.stock_version <> listings.stock_told_version AND listings.sync_blocked IS NULL AND listings.listed
      AND (listings.goods_version = 0 OR listings.goods_told_version > 0)
      AND listings.stock_owed_since <= :now - interval '{UNTOLD_MINUTES} minutes'
    ORDER BY listings.stock_owed_since, listings.id LIMIT {SCAN_MAX}
""")  # noqa: S608 — as above.
