"""What must hold of people, as SQL that returns the offending rows."""

INVARIANTS: dict[str, str] = {
    "nobody stands above themselves": """
        WITH RECURSIVE above (of, superior_id) AS (
            SELECT id, superior_id FROM staff WHERE superior_id IS NOT NULL
            UNION
            SELECT above.of, staff.superior_id FROM above JOIN staff ON staff.id = above.superior_id
            WHERE staff.superior_id IS NOT NULL
        )
        SELECT of FROM above WHERE of = superior_id
    """,
    "only who has an account is on duty": """
        SELECT id FROM staff WHERE on_duty AND NOT active
    """,
}
