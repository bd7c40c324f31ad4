"""What must always hold in the books (财务不变式): each statement returns the rows that break its rule.

The books follow shipments and stock by reactions: I9 and the one about shipments hold once those have run.
"""

INVARIANTS = {
    "I1 each entry balances and has two lines at least": """
        SELECT entry.number, line.currency, sum(line.debit) AS debits, sum(line.credit) AS credits
        FROM journal_entries AS entry LEFT JOIN journal_lines AS line ON line.entry_id = entry.id
        GROUP BY entry.number, line.currency
        HAVING coalesce(sum(line.debit) <> sum(line.credit), true) OR count(*) < 2
    """,
    "I2 the trial balance is zero in each currency": """
        SELECT currency, sum(debit) - sum(credit) AS difference FROM journal_lines
        GROUP BY currency HAVING sum(debit) <> sum(credit)
    """,
    "I9 the stock account equals what stock is worth": """
        SELECT account.value AS booked, stock.value AS worth
        FROM (
            SELECT coalesce(sum(debit - credit), 0) AS value FROM journal_lines WHERE account_code = '1405'
        ) AS account
        CROSS JOIN (SELECT coalesce(sum(value), 0) AS value FROM stock_costs) AS stock
        WHERE account.value <> stock.value
    """,
    "I12 a reversal is the exact negative of its entry": """
        SELECT reversal.number
        FROM journal_entries AS reversal
        JOIN journal_lines AS line ON line.entry_id IN (reversal.id, reversal.reverses_id)
        WHERE reversal.reverses_id IS NOT NULL
        GROUP BY reversal.number, line.account_code, line.currency, line.customer_id, line.channel_id
        HAVING sum(line.debit) <> sum(line.credit)
    """,
    "I13 what an item settles or is settled by is the sum of its allocations": """
        SELECT item.number, item.settled_amount, coalesce(part.amount, 0) AS allocated
        FROM open_items AS item
        LEFT JOIN (
            SELECT item_id, sum(amount) AS amount
            FROM (
                SELECT receivable_id AS item_id, amount FROM allocations
                UNION ALL SELECT receipt_id, amount FROM allocations
            ) AS sides
            GROUP BY item_id
        ) AS part ON part.item_id = item.id
        WHERE item.settled_amount <> coalesce(part.amount, 0)
            OR item.settled_amount < 0 OR item.settled_amount > item.amount
    """,
    "I14 receivables, advances and refunds in the books equal the open items of each party": """
        SELECT account_code, currency, channel_id, customer_id, sum(amount) AS difference
        FROM (
            SELECT account_code, currency, channel_id, customer_id,
                CASE account_code WHEN '1122' THEN debit - credit ELSE credit - debit END AS amount
            FROM journal_lines WHERE account_code IN ('1122', '2203', '2241')
            UNION ALL
            SELECT CASE kind WHEN 'RECEIVABLE' THEN '1122' WHEN 'RECEIPT' THEN '2203' ELSE '2241' END, currency,
                channel_id, customer_id, settled_amount - amount
            FROM open_items WHERE voided_at IS NULL
        ) AS both_sides
        GROUP BY account_code, currency, channel_id, customer_id
        HAVING sum(amount) <> 0
    """,
    "the tax of receivables that stand is what their entries owe": """
        SELECT item.number, item.tax_amount, coalesce(sum(line.debit + line.credit), 0) AS booked
        FROM open_items AS item
        LEFT JOIN journal_entries AS entry ON entry.source_type = item.source_type
            AND entry.source_id = item.source_id AND entry.purpose IN ('SALE', 'RETURN', 'RETURN_VOIDED')
        LEFT JOIN journal_lines AS line ON line.entry_id = entry.id AND line.account_code = '2221'
        GROUP BY item.id HAVING item.tax_amount <> coalesce(sum(line.debit + line.credit), 0)
    """,
    "I17 entries are numbered without gaps": """
        SELECT series.series || series.period AS series, series.last, given.entries, given.highest
        FROM number_series AS series
        FULL JOIN (
            SELECT split_part(number, '-', 1) AS series, count(*) AS entries,
                max(split_part(number, '-', 2)::bigint) AS highest
            FROM journal_entries GROUP BY 1
        ) AS given ON given.series = series.series || series.period
        WHERE series.last IS DISTINCT FROM given.entries OR series.last IS DISTINCT FROM given.highest
    """,
    "each return is credited once, for what is owed for it": """
        SELECT back.number, back.credit_amount, item.amount FROM goods_returns AS back
        LEFT JOIN open_items AS item ON item.source_type = 'goods_return' AND item.source_id = back.id
        LEFT JOIN open_items AS again ON again.source_type = 'voided_return' AND again.source_id = back.id
        LEFT JOIN open_items AS sale ON sale.source_type = 'shipment' AND sale.source_id = back.shipment_id
        WHERE sale.voided_at IS NULL AND CASE WHEN back.voided_at IS NULL
            THEN coalesce(item.amount, 0) <> back.credit_amount OR again.id IS NOT NULL
            ELSE coalesce(item.amount, 0) <> coalesce(again.amount, 0) END
    """,
    "what came back for an exchange that was cancelled is owed": """
        SELECT orders.number, sum(back.goods_amount - back.credit_amount) AS owed, item.amount
        FROM orders JOIN goods_returns AS back ON back.exchange_id = orders.id AND back.voided_at IS NULL
        LEFT JOIN open_items AS item ON item.source_type = 'exchange' AND item.source_id = orders.id
        LEFT JOIN open_items AS sale ON sale.source_type = 'shipment' AND sale.source_id = back.shipment_id
        GROUP BY orders.id, item.id HAVING bool_and(sale.voided_at IS NULL) AND coalesce(item.amount, 0) <>
            CASE orders.status WHEN 'CANCELLED' THEN sum(back.goods_amount - back.credit_amount) ELSE 0 END
    """,
    "each shipment is booked for exactly what it is worth and what it cost": """
        SELECT shipment.number
        FROM shipments AS shipment
        LEFT JOIN journal_entries AS entry
            ON entry.source_type = 'shipment' AND entry.source_id = shipment.id AND entry.purpose IN ('SALE', 'COST')
        LEFT JOIN journal_lines AS line ON line.entry_id = entry.id AND line.account_code IN ('1122', '6401')
        GROUP BY shipment.id
        HAVING coalesce(sum(line.debit) FILTER (WHERE line.account_code = '1122'), 0)
                <> shipment.goods_amount + shipment.freight_amount
            OR coalesce(sum(line.debit) FILTER (WHERE line.account_code = '6401'), 0) <> shipment.cost_amount
    """,
}
