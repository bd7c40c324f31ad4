"""A sheet from the first click to the last: announced, sent, checked by a job, committed, and the empty one."""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update
from xlsxwriter import Workbook

from connectors.files.port import FileGone
from connectors.sheets.reading import read_table
from domain import inventory, jobs, sheets, uploads
from domain.kernel import Actor, Read, begin, system
from domain.sheets import COLUMNS_MAX
from domain.sheets.importing import PAPERS
from domain.sheets.tables import under_headings
from schema.base import Context
from schema.root import schema
from schema.scalars import key_of
from tests.domain.inventory.builders import a_variant, a_warehouse
from tests.workers.people import a_person
from tests.workers.test_papers import outside as outside
from workers.jobs import files_of, forget_files, work_off
from workers.runner import Outside

Ask = Callable[..., Awaitable[Any]]
ANNOUNCE = """mutation ($input: AnnounceUploadInput!) { announceUpload(input: $input) {
    upload { id uploadPath receivedAt } refusals { code path } } }"""
IMPORT = """mutation ($input: ImportSheetInput!) { importSheet(input: $input) {
    sheetImport { id state job { id title } } refusals { code path } } }"""
COMMIT = """mutation ($input: CommitSheetInput!) { commitSheet(input: $input) {
    sheetImport { state created unchanged stockDocuments { number status reason }
    transfers { status reason } } refusals { code } } }"""
LIST = """{ sheetImports { nodes { id state rows documents problemCount problems { row column message }
    job { state rowsDone fileName } } } }"""
EMPTY = """mutation ($input: ExportSheetTemplateInput!) { exportSheetTemplate(input: $input) { job { id title } } }"""


@pytest.fixture
async def person(outside: Outside) -> Actor:
    return await a_person(outside, "sheets.*", "uploads.*", "inventory.*", "transfers.*")


@pytest.fixture
def ask(outside: Outside, person: Actor) -> Ask:
    async def run(operation: str, **given: Any) -> Any:
        context = Context(
            read=Read(engine=outside.engine, actor=person),
            sessions=outside.sessions,
            actor=person,
            services={"upload_link": lambda key: f"/uploads/{key}"},
            chinese=True,
        )
        answer = await schema.execute(operation, variable_values={"input": given}, context_value=context)
        assert answer.errors is None, answer.errors
        return next(iter((answer.data or {}).values()))

    return run


async def sent(outside: Outside, ask: Ask, place: Path) -> str:
    content = place.read_bytes()  # noqa: ASYNC240 — A small file of the test.
    given = {"kind": "XLSX", "name": "入库.xlsx", "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    upload = (await ask(ANNOUNCE, **given))["upload"]
    assert (upload["uploadPath"].startswith("/uploads/"), upload["receivedAt"]) == (True, None)
    early = await ask(IMPORT, kind="STOCK_DOCUMENTS", uploadId=upload["id"])
    assert early["refusals"] == [{"code": "BAD_INPUT", "path": ["input", "uploadId"]}]
    key = f"{key_of('Upload', upload['id'])}.xlsx"
    async with files_of(outside).writing(key) as kept:
        kept.write_bytes(content)
    async with begin(outside.sessions, system("files")) as work:
        assert await uploads.receive_upload(work, uploads.UploadId(key_of("Upload", upload["id"]) or UUID(int=0)), key)
    return str(upload["id"])


def a_book(place: Path, *rows: tuple[object, ...]) -> Path:
    with Workbook(str(place)) as book:
        sheet = book.add_worksheet()
        for line, row in enumerate(rows):
            sheet.write_row(line, 0, row)
    return place


async def test_a_sheet_becomes_drafts(outside: Outside, ask: Ask, tmp_path: Path) -> None:
    async with begin(outside.sessions, system("tests")) as work:
        await a_variant(work, "SKU-1")
        places = [await work.session.get_one(inventory.Warehouse, await a_warehouse(work)) for _ in range(2)]
        place, target = (each.code for each in places)
    headings = ("单号", "类型", "仓库", "事由", "商品编码", "数量", "单价")
    row = ("A1", "入库", place, "PO-1", "SKU-1", 12.5, 0.1)
    for wrong, state in ((("A1", "入库", place, "PO-1", "SKU-2", 12.5, 0.1), "FAULTY"), (row, "READY")):
        upload_id = await sent(outside, ask, a_book(tmp_path / "a.xlsx", headings, wrong))
        made = (await ask(IMPORT, kind="STOCK_DOCUMENTS", uploadId=upload_id))["sheetImport"]
        await work_off(outside, key_of("Job", made["job"]["id"]))  # type: ignore[arg-type]
        (found, *_) = (await ask(LIST))["nodes"]
        assert (found["state"], found["rows"], found["job"]["state"]) == (state, 1, "DONE")
        if state == "FAULTY":
            assert found["problems"] == [{"row": 2, "column": "商品编码 SKU", "message": "没有商品 SKU-2"}]
            assert (await ask(COMMIT, id=made["id"]))["refusals"] == [{"code": "WRONG_STATE"}]
    done = (await ask(COMMIT, id=made["id"]))["sheetImport"]
    assert (done["state"], done["created"]) == ("COMMITTED", 1)
    assert [(each["status"], each["reason"]) for each in done["stockDocuments"]] == [("DRAFT", "PO-1")]
    headings = ("单号", "调出仓库", "调入仓库", "事由", "商品编码", "数量")
    book = a_book(tmp_path / "b.xlsx", headings, ("A1", place, target, "few left", "SKU-1", 3))
    made = (await ask(IMPORT, kind="TRANSFERS", uploadId=await sent(outside, ask, book)))["sheetImport"]
    await work_off(outside, key_of("Job", made["job"]["id"]))  # type: ignore[arg-type]
    done = (await ask(COMMIT, id=made["id"]))["sheetImport"]
    assert (done["created"], done["transfers"]) == (1, [{"status": "REQUESTED", "reason": "few left"}])


async def test_an_empty_sheet_has_headings_that_an_import_understands(
    outside: Outside, ask: Ask, person: Actor, tmp_path: Path
) -> None:
    job_id = key_of("Job", (await ask(EMPTY, kind="ORDERS"))["job"]["id"])
    await work_off(outside, job_id)  # type: ignore[arg-type]
    done = (await jobs.jobs_by_id(Read(engine=outside.engine, actor=person), [job_id]))[job_id]  # type: ignore[list-item,index]
    place = tmp_path / "empty.xlsx"
    place.write_bytes(b"".join([piece async for piece in files_of(outside).reading(done.file_key)]))
    table = read_table(place, uploads.UploadKind.XLSX)
    assert "订单号 Order *" in table.rows[0]
    problems = under_headings(table, PAPERS[sheets.SheetKind.ORDERS].columns).problems
    assert [each.message for each in problems] == ["there are no rows"]


async def test_an_upload_is_kept_for_some_days(outside: Outside, ask: Ask, tmp_path: Path) -> None:
    upload_id = key_of("Upload", await sent(outside, ask, a_book(tmp_path / "a.xlsx", ("h",))))
    async with begin(outside.sessions, system("tests")) as work:
        await work.execute(update(uploads.Upload).values(created_at=work.now - timedelta(days=4)))
    await forget_files(outside)
    with pytest.raises(FileGone):
        await files_of(outside).size(f"{upload_id}.xlsx")
    async with begin(outside.sessions, system("tests")) as work:
        assert await uploads.expired_uploads(work) == []


async def test_a_file_that_cannot_be_read_says_so(outside: Outside, ask: Ask, tmp_path: Path) -> None:
    columns = tuple(range(COLUMNS_MAX + 1))
    upload_id = await sent(outside, ask, a_book(tmp_path / "a.xlsx", columns))
    made = (await ask(IMPORT, kind="STOCK_DOCUMENTS", uploadId=upload_id))["sheetImport"]
    await work_off(outside, key_of("Job", made["job"]["id"]))  # type: ignore[arg-type]
    (found,) = (await ask(LIST))["nodes"]
    assert (found["state"], found["problemCount"], found["job"]["state"]) == ("FAULTY", 1, "DONE")
    assert "文件无法读取" in found["problems"][0]["message"]
    assert (await ask(COMMIT, id=made["id"]))["refusals"] == [{"code": "WRONG_STATE"}]
