import pytest

from domain.customers import masked_email, masked_phone


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("13812345678", "138****5678"),
        ("+8613812345678", "+86*******5678"),
        ("12345678", "123*5678"),
        ("1234567", "******7"),
        ("5", "5"),
        ("", ""),
        (None, None),
        ("138****0001", "138****0001"),
    ],
)
def test_the_middle_of_a_phone_is_hidden(phone: str | None, shown: str | None) -> None:
    assert masked_phone(phone) == shown


@pytest.mark.parametrize(
    ("email", "shown"), [("li.lei@example.com", "l***@example.com"), ("nobody", "***"), (None, None)]
)
def test_the_name_of_an_email_address_is_hidden(email: str | None, shown: str | None) -> None:
    assert masked_email(email) == shown
