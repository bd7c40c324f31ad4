"""Every kind of channel has a story, told to the parcel handed over, in which somebody's mind changes in the middle."""

import ast
from pathlib import Path

import pytest

from domain.channels import Platform
from domain.identity import ClientKind

STORIES = Path(__file__).parents[1] / "stories"
OF_OUR_OWN = ("MOBILE_APP", "CALL_CENTRE", "DISTRIBUTOR", "OFFLINE")
"""Ways in which orders come that no platform brings."""
KINDS = [*(each.value for each in Platform if each is not Platform.DIRECT), *OF_OUR_OWN]
# Where its story is, and the shop in which it sells.
TOLD = {
    "TAOBAO": (
        "test_marketplace_orders",
        "test_money_back_during_picking_brings_goods_and_numbers_back",
        "taobao-main",
    ),
    "TMALL": (
        "test_marketplace_orders",
        "test_of_two_merged_tmall_orders_one_is_cancelled_and_the_rest_is_shipped",
        "tmall-main",
    ),
    "JD": (
        "test_marketplace_orders",
        "test_a_jd_address_that_changes_after_review_stops_everything_until_somebody_looks",
        "jd-main",
    ),
    "OFFICIAL_SITE": (
        "test_own_orders",
        "test_a_part_is_refunded_while_it_is_picked_and_the_other_is_on_its_way",
        "site-main",
    ),
    "PHARMACY_818": (
        "test_pharmacy",
        "test_a_prescription_waits_and_a_recall_finds_who_got_of_the_lot",
        "pharmacy818-main",
    ),
    "MOBILE_APP": (
        "test_mobile_app",
        "test_an_app_buyer_moves_after_review_and_another_wants_no_goods_any_more",
        "app",
    ),
    "CALL_CENTRE": (
        "test_own_orders",
        "test_a_call_is_paid_later_gets_another_price_and_is_cancelled_when_it_is_packed",
        "call-centre",
    ),
    "DISTRIBUTOR": ("test_distributor", "test_a_distributor_orders_waits_pays_and_is_charged_as_it_leaves", "east"),
    "OFFLINE": ("test_own_orders", "test_a_sheet_of_offline_orders_is_checked_committed_once_and_shipped", "offline"),
}
MINDS = {"refund", "address", "cancel", "prescription", "changeOrderReceiver", "cancelOrder"}
"""How platforms and buyers change their minds."""
PARCELS = {"to_the_van", "handed_over", "packed", "shipOrder"}


def said_in(module: str, function: str) -> set[str]:
    """Collect the texts and names of a story, and of what it calls in its own file."""
    tree = ast.parse((STORIES / f"{module}.py").read_text(encoding="utf-8"))
    functions = {each.name: each for each in tree.body if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))}
    known = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    found, asked = set[str](), [function]
    while asked:
        for node in ast.walk(functions.pop(asked.pop())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
            elif isinstance(node, ast.Attribute):
                found.add(node.attr)
            elif isinstance(node, (ast.Name, ast.arg)):
                name = node.id if isinstance(node, ast.Name) else node.arg
                found.add(str(known.get(name, name)))
                asked += [name] * (name in functions and name not in asked)
    return found


def test_every_kind_of_channel_has_a_story() -> None:
    assert TOLD.keys() == set(KINDS)
    # A program that sells in a new way is a new kind; partners' programs order for distributors.
    assert {each.value for each in ClientKind} <= {*KINDS, "PARTNER"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_story_sells_there_changes_a_mind_and_sends_a_parcel(kind: str) -> None:
    module, function, shop = TOLD[kind]
    said = said_in(module, function)
    assert shop in said
    assert said & MINDS, "nobody changes a mind"
    assert said & PARCELS, "nothing is sent"


def test_a_story_without_a_change_of_mind_is_found_out() -> None:
    assert not said_in("test_pharmacy", "two_lots") & MINDS
