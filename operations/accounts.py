"""The unprivileged account (非特权账户): PostgreSQL refuses root, so root lends it one that owns nothing."""

from __future__ import annotations

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

CANDIDATES = ("nobody", "daemon")
# Containers without a user database still know this number by convention.
ANONYMOUS = 65534


@dataclass(frozen=True)
class Account:
    """A user and group to run a server under."""

    user: int
    group: int

    def owns(self, path: Path) -> None:
        """Give it a file or folder."""
        os.chown(path, self.user, self.group, follow_symlinks=False)

    def owns_tree(self, path: Path) -> None:
        """Give it a folder and all that is in it."""
        self.owns(path)
        for part in path.rglob("*"):
            self.owns(part)

    def can(self, *command: str) -> bool:
        """Say whether a command succeeds under this account; permissions are too many-sided to be computed."""
        try:
            outcome = subprocess.run(  # noqa: S603 — our own fixed commands.
                command,
                user=self.user,
                group=self.group,
                extra_groups=[],
                cwd="/",
                capture_output=True,
                check=False,
                timeout=30,
            )
        except PermissionError:
            # The program itself lies where the account may not go.
            return False
        return outcome.returncode == 0

    def can_enter(self, directory: Path) -> bool:
        return self.can("/bin/sh", "-c", 'cd "$1"', "sh", str(directory))


def lent_account() -> Account | None:
    """Return the account servers run under when we are root; None means our own."""
    if os.geteuid() != 0:
        return None
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        # macOS writes `nobody` as -2.
        return Account(entry.pw_uid & 0xFFFFFFFF, entry.pw_gid & 0xFFFFFFFF)
    return Account(ANONYMOUS, ANONYMOUS)
