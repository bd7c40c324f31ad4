"""The data directory (数据目录): one supervisor at a time, secrets made once, logs that do not grow without end."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from cryptography.fernet import Fernet

from operations.embedded_postgres import new_passwords

log_bytes_max = 20_000_000
log_tail_lines_max = 15


class DataDirectoryInUseError(RuntimeError):
    """Another supervisor runs on this folder."""


@dataclass(frozen=True)
class Secrets:
    """What must not be guessed and must survive a restart."""

    signing_key: str
    secrets_key: str
    valkey_password: str
    postgres_passwords: dict[str, str]


@dataclass(frozen=True)
class DataDirectory:
    """The folder in which one installation keeps everything that is not in its program."""

    path: Path

    def open(self) -> int:
        """Make the folder if need be and take it for this process; the system frees it when we end, however we end."""
        if not self.path.exists():
            # Others may pass through: the database's account must reach its own folder inside.
            self.path.mkdir(parents=True, mode=0o711)
        self.logs.mkdir(mode=0o700, exist_ok=True)
        lock = os.open(self.path / "supervisor.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            owner = os.pread(lock, 32, 0).decode().strip()
            os.close(lock)
            raise DataDirectoryInUseError(
                f"{self.path} is in use by another start (process {owner}). Stop it, or choose another --data."
            ) from None
        os.ftruncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
        return lock

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def demo_accounts(self) -> Path:
        return self.path / "demo-accounts.json"

    @property
    def demo_loaded(self) -> Path:
        return self.path / "demo-loaded.json"

    @property
    def founded(self) -> Path:
        """There once a company without demo data has its chart of accounts and its first administrator."""
        return self.path / "founded.json"

    @property
    def first_account(self) -> Path:
        """Where the first administrator's password stands."""
        return self.path / "first-account.json"

    @property
    def runtime(self) -> Path:
        return self.path / "runtime.json"

    def secrets(self) -> Secrets:
        """Return the secrets of this installation, made on the first start."""
        place = self.path / "secrets.json"
        if not place.exists():
            fresh = Secrets(
                signing_key=secrets.token_urlsafe(48),
                secrets_key=Fernet.generate_key().decode(),
                valkey_password=secrets.token_hex(24),
                postgres_passwords=new_passwords(),
            )
            write_private(place, fresh.__dict__)
        return Secrets(**read_json(place))

    def port(self, name: str, free: int) -> int:
        """Return the port this name had on earlier starts; addresses stored in the database stay true that way."""
        place = self.path / "ports.json"
        ports = read_json(place)
        if name not in ports:
            ports[name] = free
            write_private(place, ports)
        return int(ports[name])

    def log(self, name: str) -> IO[bytes]:
        """Open the log of a program for appending; the old one is put aside when it has grown large."""
        place = self.log_path(name)
        if place.exists() and place.stat().st_size > log_bytes_max:
            place.replace(place.with_suffix(".log.1"))
        return os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab", buffering=0)

    def log_path(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def log_tail(self, name: str) -> str:
        """Return the last lines of a program's log."""
        try:
            lines = self.log_path(name).read_text(errors="replace").splitlines()
        except OSError:
            return ""
        return "\n".join(lines[-log_tail_lines_max:])

    def free_bytes(self) -> int:
        return shutil.disk_usage(self.path).free


def read_json(place: Path) -> dict[str, Any]:
    """Read a JSON object; nothing when the file is not there."""
    try:
        content: dict[str, Any] = json.loads(place.read_text())
    except FileNotFoundError:
        return {}
    return content


def write_private(place: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON object for our own eyes, whole or not at all."""
    unfinished = place.with_name(f"{place.name}.{os.getpid()}")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(content, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(place)
