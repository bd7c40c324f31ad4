"""Personal data as platforms show it (脱敏): enough to recognise, not enough to use."""


def mask_name(name: str) -> str:
    return f"{name[0]}**" if name else ""


def mask_phone(phone: str) -> str:
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 7 else "*" * len(phone)


def mask_address(address: str) -> str:
    return f"{address[:3]}****" if address else ""
