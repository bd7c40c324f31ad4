"""The physical limit (物理上限): pgbench of the bare statements on the same server, in the same run."""

import asyncio
import re
import tempfile

import asyncpg

from bench.company import BenchCompany
from operations.embedded_postgres import DATABASE, OWNER, binary_tree

SECONDS = 5
CLIENTS = 8


async def pgbench(
    company: BenchCompany, tables: str, script: str, clients: int = CLIENTS, seconds: int = SECONDS
) -> float:
    """Run a script for some seconds and say how many transactions a second it did."""
    connection = await asyncpg.connect(company.server.url(OWNER))
    try:
        if tables:
            await connection.execute(tables)
    finally:
        await connection.close()
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        process = await asyncio.create_subprocess_exec(
            str(binary_tree() / "bin" / "pgbench"), "-n", "-M", "prepared", "-T", str(seconds), "-c", str(clients),
            "-j", "2", "-f", file.name, "-h", "127.0.0.1", "-p", str(company.server.port), "-U", OWNER, DATABASE,
            env={"PGPASSWORD": company.server.passwords[OWNER], "PATH": "/usr/bin:/bin"},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        output, _ = await process.communicate()
    found = re.search(r"tps = ([\d.]+)", output.decode())
    if found is None:
        raise RuntimeError(f"pgbench said: {output.decode()[-500:]}")
    return float(found[1])
