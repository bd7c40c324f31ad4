"""Web addresses (网址) that people type: of shops, of partners' programs, of who wants to be told."""

from urllib.parse import SplitResult, urlsplit

from domain.kernel.refusals import BadInput


def web_address(value: str) -> SplitResult | None:
    """Read an http or https address with a host and without a name or password in it; nothing if it is none."""
    try:
        address = urlsplit(value)
        plain = address.scheme in {"http", "https"} and address.hostname and "@" not in address.netloc
    except ValueError:
        return None
    return address if plain else None


def check_base_url(value: str) -> None:
    """Refuse what is no address to which paths can be added; points at `input.baseUrl`."""
    address = web_address(value)
    if address is None or address.query or address.fragment:
        problem = "must be a web address without a name, a password or a query"
        raise BadInput(field="baseUrl", problem=problem).at("input", "baseUrl")
