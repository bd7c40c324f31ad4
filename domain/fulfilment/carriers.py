"""Carriers (物流公司): the codes the platforms share, and the rule a waybill (运单号) must match."""

import re
from dataclasses import dataclass
from functools import cached_property

WAYBILL_LENGTH_MAX = 40


@dataclass(frozen=True)
class Carrier:
    """One carrier; the rules are those the platforms publish (reg_mail_no), upper case."""

    code: str
    name: str
    name_chinese: str
    waybill: str

    @cached_property
    def rule(self) -> re.Pattern[str]:
        return re.compile(self.waybill)

    def accepts(self, waybill: str) -> bool:
        """Whether this can be a waybill of the carrier; it is compared as `tidy` writes it."""
        return len(waybill) <= WAYBILL_LENGTH_MAX and self.rule.fullmatch(waybill) is not None


CARRIERS = {
    carrier.code: carrier
    for carrier in (
        Carrier("SF", "SF Express", "顺丰速运", r"SF[0-9]{12,13}|[0-9]{12}|[0-9]{15}"),
        Carrier("ZTO", "ZTO Express", "中通快递", r"7[0-9]{13}|[0-9]{12}"),
        Carrier("YTO", "YTO Express", "圆通速递", r"YT[0-9]{13}|[A-Z0-9]{2}[0-9]{8}|[A-Z0-9]{2}[0-9]{10}|[0-9]{18}"),
        Carrier("STO", "STO Express", "申通快递", r"(77|55|33)[0-9]{13}|[0-9]{12,13}"),
        Carrier("YUNDA", "Yunda Express", "韵达快递", r"[0-9]{13}|[0-9]{15}"),
        Carrier("EMS", "EMS", "邮政特快专递", r"[A-Z]{2}[0-9]{9}[A-Z]{2}|1[0-9]{12}"),
        Carrier("POSTB", "China Post parcels", "邮政快递包裹", r"[0-9]{13}|[A-Z]{2}[0-9]{9}[A-Z]{2}"),
        Carrier("HTKY", "J&T Express", "极兔速递", r"JT[0-9]{13}|[0-9]{13,14}"),
        Carrier("JD", "JD Logistics", "京东快递", r"JD[A-Z0-9]{11,13}"),
        Carrier("OTHER", "Another carrier", "其他", r"[A-Z0-9-]{4,35}"),
    )
}


def tidy(waybill: str) -> str:
    """Write a waybill as carriers print it: without the spaces of a hand or a scanner, in capitals."""
    return "".join(waybill.split()).upper()
