"""Personal data (个人信息): a phone or e-mail address is shown in full only to those who may see it."""

SEE_PHONE = "customers.see_phone"

LANDLINE_LENGTH = 7


def masked_phone(phone: str | None) -> str | None:
    """Hide the middle of a phone number: 13812345678 becomes 138****5678; a short one keeps its last digit only."""
    if phone is None:
        return None
    if len(phone) <= LANDLINE_LENGTH:
        return "*" * (len(phone) - 1) + phone[-1:]
    return f"{phone[:3]}{'*' * (len(phone) - 7)}{phone[-4:]}"


def masked_email(email: str | None) -> str | None:
    """Hide the name of an e-mail address but for its first letter."""
    if email is None:
        return None
    name, at, host = email.rpartition("@")
    return f"{name[:1]}***{at}{host}" if at else "***"
