"""What differs between one machine and the next (配置): settings, the database connection, the log."""
