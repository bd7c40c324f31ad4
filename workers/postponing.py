"""When a partner is not open now (暂缓): the fact waits, and nothing is counted against it."""

from datetime import timedelta


class Postponed(Exception):  # noqa: N818 — Nothing failed; it is not the time.
    """The other side is not open now; the fact waits and nothing is counted against it."""

    def __init__(self, after: timedelta) -> None:
        super().__init__(f"again in {after}")
        self.after = after
