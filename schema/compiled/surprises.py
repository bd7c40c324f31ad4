"""When the fast way ends (离开快路): what cannot be compiled, and what only shows while it runs."""


class CannotCompileError(Exception):
    """The operation is of a kind that only the standard executor runs; `reason` is counted."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SurpriseError(Exception):
    """A value is not what the schema promised; the standard executor runs the operation and says what is wrong."""
