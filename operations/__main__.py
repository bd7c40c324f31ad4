"""The entry of `python -m operations` (命令入口)."""

from operations.commands import app

app()
