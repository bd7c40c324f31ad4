"""Cainiao electronic waybills (菜鸟电子面单) over TOP: cainiao.waybill.ii.get, .cancel and .confirm.

They are called as one of the seller's shops, whose account at each carrier they count against.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from connectors.carriers.port import IssuedWaybill, Party, WaybillOffice, WaybillOrder
from connectors.faults import OurFault, UnreadableAnswer

TopCall = Callable[[str, dict[str, str]], Awaitable[dict[str, Any]]]
ALREADY_GONE = ("isv.waybill-already-cancelled", "isv.waybill-not-exist")
USER = "0"
KNOWN_CHANNELS = {True: "TB", False: "OTHERS"}


class CainiaoOffice(WaybillOffice):
    """Asks through TOP as a shop; `call` is the shop's signed call."""

    def __init__(self, call: TopCall) -> None:
        self.call = call

    async def get(self, order: WaybillOrder) -> IssuedWaybill:
        request = json.dumps(request_of(order), ensure_ascii=False)
        answer = await self.call("cainiao.waybill.ii.get", {"param_waybill_cloud_print_apply_new_request": request})
        modules = (answer.get("modules") or {}).get("waybill_cloud_print_response")
        for module in modules if isinstance(modules, list) else []:
            if isinstance(module, dict) and module.get("object_id") == order.object_id and module.get("waybill_code"):
                data = module.get("print_data")
                return IssuedWaybill(number=str(module["waybill_code"]), print_data=str(data) if data else None)
        raise UnreadableAnswer("cainiao.waybill.ii.get answered without the number", outcome_unknown=True)

    async def cancel(self, carrier_code: str, number: str) -> None:
        try:
            answer = await self.call("cainiao.waybill.ii.cancel", {"cp_code": carrier_code, "waybill_code": number})
        except OurFault as refused:
            # Given back before, and the answer was lost.
            if refused.sub_code in ALREADY_GONE:
                return
            raise
        if str(answer.get("cancel_result")).lower() != "true":
            raise OurFault(f"waybill {number} was not taken back")

    async def confirm(self, object_id: str, carrier_code: str, number: str) -> None:
        parameters = {"object_id": object_id, "cp_code": carrier_code, "waybill_code": number}
        answer = await self.call("cainiao.waybill.ii.confirm", parameters)
        if str(answer.get("confirm_result")).lower() != "true":
            raise OurFault(f"waybill {number} was not confirmed")


def request_of(order: WaybillOrder) -> dict[str, Any]:
    """Write what Cainiao must know of one parcel; one call may carry ten, we send one: each has its own outcome."""
    package: dict[str, Any] = {"items": [{"name": name, "count": count} for name, count in order.items]}
    if order.grams is not None:
        package["weight"] = order.grams
    recipient = party_of(order.recipient)
    if order.recipient.token is not None:
        recipient |= {"oaid": order.recipient.token, "tid": order.trade_number}
    return {
        "cp_code": order.carrier_code,
        "sender": party_of(order.sender),
        "trade_order_info_dtos": [
            {
                "object_id": order.object_id,
                "order_info": {
                    "order_channels_type": KNOWN_CHANNELS[order.recipient.token is not None],
                    "trade_order_list": [order.trade_number or order.order_number],
                },
                "package_info": package,
                "recipient": recipient,
                "template_url": order.template_url,
                "user_id": USER,
            }
        ],
    }


def party_of(party: Party) -> dict[str, Any]:
    """Write who sends or gets it, without what is not known."""
    address = {
        "province": party.province,
        "city": party.city,
        "district": party.district,
        "detail": party.detail,
    }
    return {
        "address": {name: value for name, value in address.items() if value},
        "name": party.name,
        "mobile": party.phone,
    }
