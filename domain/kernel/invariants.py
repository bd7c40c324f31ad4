"""What must hold of the kernel's own records, as SQL that returns the offending rows."""

INVARIANTS: dict[str, str] = {
    "I21 one idempotency key, one answer": """
        SELECT owner, key FROM idempotency_keys GROUP BY owner, key HAVING count(*) > 1
    """,
    "I22 the audit chain is unbroken": """
        SELECT seal.position FROM (
            SELECT position, entry_id, previous_hash, hash,
                   lag(hash, 1, '') OVER (ORDER BY position) AS before,
                   row_number() OVER (ORDER BY position) AS counted
            FROM audit_seals
        ) AS seal
        LEFT JOIN audit_entries ON audit_entries.id = seal.entry_id
        WHERE seal.previous_hash <> seal.before OR seal.position <> seal.counted OR audit_entries.id IS NULL
           OR seal.hash <> encode(
                sha256(convert_to(seal.previous_hash || '|' || audit_entry_text(audit_entries), 'UTF8')), 'hex')
    """,
    "I7 no reaction is given up": "SELECT event_id, reaction, last_error FROM reactions WHERE state = 'DEAD'",
}
