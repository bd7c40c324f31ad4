"""The data directory: one supervisor, secrets made once and for our eyes only, logs that do not grow without end."""

import os
import stat
from pathlib import Path

import pytest

from operations import data_directory
from operations.data_directory import DataDirectory, DataDirectoryInUseError, read_json, write_private


def test_a_second_supervisor_is_told_who_is_there(tmp_path: Path) -> None:
    data = DataDirectory(tmp_path / "data")
    lock = data.open()
    with pytest.raises(DataDirectoryInUseError, match=f"process {os.getpid()}"):
        data.open()
    os.close(lock)
    os.close(data.open())


def test_secrets_are_made_once_and_for_our_eyes_only(tmp_path: Path) -> None:
    data = DataDirectory(tmp_path)
    made = data.secrets()
    assert data.secrets() == made
    assert len(set(made.postgres_passwords.values())) == 3
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


def test_a_port_stays_the_same(tmp_path: Path) -> None:
    data = DataDirectory(tmp_path)
    assert (data.port("simulators", 1111), data.port("simulators", 2222)) == (1111, 1111)


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    place = tmp_path / "runtime.json"
    write_private(place, {"a": 1})
    with pytest.raises(TypeError):
        write_private(place, {"a": object()})
    assert read_json(place) == {"a": 1}
    assert read_json(tmp_path / "missing.json") == {}


def test_a_large_log_is_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_directory, "log_bytes_max", 10)
    data = DataDirectory(tmp_path)
    os.close(data.open())
    for text in (b"the first words\n", b"then these\n"):
        with data.log("api") as log:
            log.write(text)
    assert data.log_tail("api") == "then these"
    assert (data.logs / "api.log.1").read_bytes() == b"the first words\n"
