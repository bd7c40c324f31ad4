"""What differs between one machine and the next (配置): settings, the database connection, the log."""

import gc

# Half a million objects come into being while a process starts, and stay. Searched for garbage after each 700, as
# is usual, starting takes half as long again, and so does every task of a worker.
COLLECT_AFTER = (20_000, 20, 20)

gc.set_threshold(*COLLECT_AFTER)
