"""Carriers as the platforms list them (物流公司): code, name, the rule a waybill must match, and JD's own number."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Carrier:
    """`pattern` is Taobao's reg_mail_no; `jd_number` is what JD calls logiCoprId (sic)."""

    number: int
    code: str
    name: str
    pattern: str
    jd_number: str

    def accepts(self, waybill: str) -> bool:
        return re.fullmatch(self.pattern, waybill) is not None


CARRIERS = (
    Carrier(505, "SF", "顺丰速运", r"SF[0-9]{12,13}|[0-9]{12}|[0-9]{15}", "467"),
    Carrier(500, "ZTO", "中通快递", r"7[0-9]{13}|[0-9]{12}", "1499"),
    Carrier(101, "YTO", "圆通速递", r"YT[0-9]{13}|[A-Za-z0-9]{2}[0-9]{8}|[A-Za-z0-9]{2}[0-9]{10}|[0-9]{18}", "463"),
    Carrier(100, "STO", "申通快递", r"(77|55|33)[0-9]{13}|[0-9]{12,13}", "470"),
    Carrier(102, "YUNDA", "韵达快递", r"[0-9]{13}|[0-9]{15}", "1327"),
    Carrier(2, "EMS", "EMS", r"[A-Z]{2}[0-9]{9}[A-Z]{2}|1[0-9]{12}", "465"),
    Carrier(3, "POSTB", "邮政快递包裹", r"[0-9]{13}|[A-Z]{2}[0-9]{9}[A-Z]{2}", "2170"),
    Carrier(502, "HTKY", "极兔速递", r"JT[0-9]{13}|[0-9]{13,14}", "1748"),
    Carrier(104, "JD", "京东快递", r"JD[A-Z0-9]{11,13}", "2087"),
    Carrier(-1, "OTHER", "其他", r"[A-Za-z0-9-]{4,35}", "1274"),
)
BY_CODE = {carrier.code: carrier for carrier in CARRIERS}
BY_JD_NUMBER = {carrier.jd_number: carrier for carrier in CARRIERS}
