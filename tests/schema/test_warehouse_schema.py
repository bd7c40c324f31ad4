"""Work in a warehouse through the schema: released, put into a wave, picked along the way, called back."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncEngine

from domain.kernel import Actor, ActorKind, Read, Sessions, begin, system
from schema.base import Context
from schema.root import schema
from schema.scalars import global_id
from tests.domain.fulfilment.warehouse import a_house

RELEASE = """mutation ($input: ReleaseOrderInput!) { releaseOrder(input: $input) {
    release { stage releasedBy order { number status releases { stage } } } refusals { code path } } }"""
WAVE = """mutation ($input: MakeWaveInput!, $preview: Boolean!) { makeWave(input: $input, validateOnly: $preview) {
    wave { id number status releases { slot } pickList { binCode sku quantity picked slots binId variantId }
        orderPickLists { binCode quantity slots releaseId } }
    refusals { code path message } } }"""
PICK = """mutation ($input: ConfirmPicksInput!) { confirmPicks(input: $input) {
    wave { status releases { stage pickedBy order { status } } } refusals { code path message } } }"""
RECALL = """mutation ($input: RecallOrderInput!) { recallOrder(input: $input) {
    release { stage endReason order { status timeline { action } } } refusals { code path } } }"""
PUT_BACKS = """query { putBacks { totalCount nodes { id quantity reason fromBin { code } } } }"""
PUT_BACK = """mutation ($input: PutBackGoodsInput!) { putBackGoods(input: $input) {
    putBack { doneBy bin { code } } refusals { code } } }"""
WAVES = """query ($where: WaveFilter) { waves(where: $where) { totalCount nodes { number } } }"""


@dataclass
class Desk:
    """Somebody who asks the schema, within a warehouse or in all of them."""

    engine: AsyncEngine
    sessions: Sessions

    async def ask(self, operation: str, *, at: Any = None, granted: str = "fulfilment.*", **variables: Any) -> Any:
        permissions = frozenset({granted, "fulfilment.view", "orders.view", "inventory.view"})
        scope = None if at is None else frozenset({at})
        actor = Actor(kind=ActorKind.STAFF, id=uuid4(), name="keeper", permissions=permissions, warehouses=scope)
        read = Read(engine=self.engine, actor=actor)
        context = Context(read=read, sessions=self.sessions, actor=actor)
        answer = await schema.execute(operation, variable_values=variables, context_value=context)
        wrong = [each.message for each in answer.errors or ()]
        await context.close()
        return wrong or next(iter((answer.data or {}).values()))


async def test_orders_are_released_within_scope(own_engine: AsyncEngine, sessions: Sessions) -> None:
    desk = Desk(own_engine, sessions)
    async with begin(sessions, system("tests")) as work:
        house = await a_house(work)
        order = await house.order((await house.goods(elsewhere=2), 1))
    given = {"orderId": global_id("Order", order.id)}
    lacking = await desk.ask(RELEASE, granted="orders.view", input=given)
    assert lacking == ["You lack the permission fulfilment.release_order."]
    elsewhere = await desk.ask(RELEASE, at=uuid4(), input=given)
    assert elsewhere["refusals"] == [{"code": "NOT_FOUND", "path": ["input", "orderId"]}]
    released = (await desk.ask(RELEASE, at=house.place, input=given))["release"]
    found = (released["stage"], released["releasedBy"], released["order"]["status"])
    assert found == ("WAITING", "keeper", "RELEASED")


async def test_a_wave_is_picked_and_an_order_called_back(own_engine: AsyncEngine, sessions: Sessions) -> None:
    desk = Desk(own_engine, sessions)
    async with begin(sessions, system("tests")) as work:
        house = await a_house(work)
        await house.shelves("A", "B")
        glove, mask = await house.goods(A=2, B=5), await house.goods(B=5)
        first, _ = await house.released((glove, 3)), await house.released((mask, 1), (glove, 1))
    new = {"warehouseId": global_id("Warehouse", house.place), "mode": "BY_WAVE", "size": 10}
    wrong = await desk.ask(WAVE, input={**new, "size": 201}, preview=False)
    assert [(each["code"], each["path"]) for each in wrong["refusals"]] == [("BAD_INPUT", ["input", "size"])]
    preview = (await desk.ask(WAVE, input=new, preview=True))["wave"]
    assert [each["slot"] for each in preview["releases"]] == [1, 2]
    assert (await desk.ask(WAVES))["totalCount"] == 0
    wave = (await desk.ask(WAVE, input=new, preview=False))["wave"]
    shown = [(each["binCode"], each["quantity"], each["slots"]) for each in wave["pickList"]]
    assert shown[0] == ("A", "2.0000", [1])
    assert sorted(shown[1:]) == [("B", "1.0000", [2]), ("B", "2.0000", [1, 2])]
    assert len(wave["orderPickLists"]) == 4
    assert (await desk.ask(WAVES, at=uuid4()))["totalCount"] == 0
    picks = [{key: each[key] for key in ("variantId", "binId", "quantity")} for each in wave["pickList"]]
    too_much = [{**picks[0], "quantity": "3"}]
    refused = (await desk.ask(PICK, input={"waveId": wave["id"], "picks": too_much}))["refusals"]
    assert (refused[0]["code"], refused[0]["path"]) == ("MORE_THAN_PLANNED", ["input", "picks", "0", "quantity"])
    picked = (await desk.ask(PICK, at=house.place, input={"waveId": wave["id"], "picks": picks}))["wave"]
    done = {(each["stage"], each["pickedBy"], each["order"]["status"]) for each in picked["releases"]}
    assert (picked["status"], done) == ("PICKED", {("PICKED", "keeper", "PICKED")})
    recall = {"orderId": global_id("Order", first.id), "reason": "the buyer called"}
    recalled = (await desk.ask(RECALL, input=recall))["release"]
    assert (recalled["stage"], recalled["order"]["status"]) == ("RECALLED", "REVIEWED")
    assert "fulfilment.recall_order" in {each["action"] for each in recalled["order"]["timeline"]}
    waiting = await desk.ask(PUT_BACKS, at=house.place)
    places = sorted((each["fromBin"]["code"], each["quantity"]) for each in waiting["nodes"])
    assert places == [("A", "2.0000"), ("B", "1.0000")]
    put_back = await desk.ask(PUT_BACK, input={"id": waiting["nodes"][0]["id"]})
    assert put_back["putBack"]["doneBy"] == "keeper"
    assert (await desk.ask(PUT_BACKS))["totalCount"] == 1
