"""Where papers are set (排版打印)."""
