"""Text messages (短信): one port, one file per gateway."""
