"""Where files live that came of a job (文件存储)."""
