"""The log (日志): one JSON object per line in production, readable lines for people, and never a secret in either."""

from __future__ import annotations

import logging
import re
import sys
from typing import Any, Literal

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

REDACTED = "***"
SECRET_NAMES = re.compile(
    r"password|secret|token|authorization|api_?key|signing_key|cookie|session_key|_url$", re.IGNORECASE
)
# The password in an address that slipped into a message or a traceback.
ADDRESS_PASSWORD = re.compile(r"(?P<before>\w+://[^\s:/@]*:)[^\s@/]+(?=@)")
BEARER = re.compile(r"(?P<before>\bBearer\s+)[\w.~+/=-]+", re.IGNORECASE)


def redact(_logger: WrappedLogger, _method: str, entry: EventDict) -> EventDict:
    """Blank what must not be written: by the name of the field, and by the look of the text."""
    return {key: _redacted(key, value) for key, value in entry.items()}


def _redacted(name: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _redacted(str(key), part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted(name, part) for part in value]
    if isinstance(value, str):
        if SECRET_NAMES.search(name) and "://" not in value:
            return REDACTED
        cleaned = ADDRESS_PASSWORD.sub(rf"\g<before>{REDACTED}", value)
        return BEARER.sub(rf"\g<before>{REDACTED}", cleaned)
    if SECRET_NAMES.search(name) and isinstance(value, bytes):
        return REDACTED
    return value


def _json(value: Any, **_options: Any) -> str:
    return orjson.dumps(value, default=str).decode()


def configure_logs(
    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO", output: Literal["json", "console"] = "json"
) -> None:
    """Send structlog and the libraries' own logging through the same processors to standard error."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        redact,
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer(serializer=_json)
        if output == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    # The access log of every request is the metrics' business; SQL is shown only on demand.
    logging.getLogger("uvicorn.access").setLevel(logging.WARNING)
    logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)
