"""What must hold of prints (打印恒等式), as SQL that returns the offending rows."""

INVARIANTS: dict[str, str] = {
    "copies of a paper are numbered without a gap": """
        SELECT counted.subject_id, counted.kind FROM print_counts AS counted
        LEFT JOIN prints ON prints.subject_id = counted.subject_id AND prints.kind = counted.kind
        GROUP BY counted.subject_id, counted.kind, counted.copies
        HAVING count(prints.id) <> counted.copies OR max(prints.copy) <> counted.copies
    """,
}
