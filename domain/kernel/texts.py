"""Texts that people give (文字): a reason, a name, a code."""

from domain.kernel.refusals import BadInput


def short_text(given: str, field: str, length_max: int) -> str:
    """Strip a text that must be there and not be too long; refused as BAD_INPUT at `input.<field>`."""
    text = given.strip()
    if not 1 <= len(text) <= length_max:
        raise BadInput(field=field, problem=f"must have 1 to {length_max} characters").at("input", field)
    return text
