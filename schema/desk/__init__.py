"""The desk as clients see it (工作台)."""
