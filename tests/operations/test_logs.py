"""The log: one JSON object per line, and no secret in it by name or by look."""

import logging

import orjson
import pytest
import structlog

from configuration.logs import configure_logs, redact


def test_secrets_are_blanked_by_name() -> None:
    entry = redact(None, "info", {"event": "x", "input": {"password": "hunter2", "email": "a@b"}, "api_key": "k1"})
    assert entry == {"event": "x", "input": {"password": "***", "email": "a@b"}, "api_key": "***"}


def test_secrets_are_blanked_by_look() -> None:
    entry = redact(None, "info", {"event": "no route to redis://:hunter2@host/0", "header": "Bearer abc.def"})
    assert entry == {"event": "no route to redis://:***@host/0", "header": "Bearer ***"}


def test_our_lines_and_those_of_libraries_look_alike(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    try:
        configure_logs("INFO", "json")
        structlog.get_logger("ours").info("opened", token="t0", number=3)
        logging.getLogger("theirs").warning("cannot reach %s", "amqp://me:hunter2@host")
        logging.getLogger("theirs").debug("not of interest")
    finally:
        root.handlers, root.level = handlers, level
        structlog.reset_defaults()
    ours, theirs = (orjson.loads(line) for line in capsys.readouterr().err.splitlines())
    assert (ours["event"], ours["token"], ours["number"], ours["logger"]) == ("opened", "***", 3, "ours")
    assert theirs["event"] == "cannot reach amqp://me:***@host"
    assert theirs["level"] == "warning"
