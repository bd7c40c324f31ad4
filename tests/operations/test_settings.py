"""Settings: one table, no secret in any message, nonsense refused."""

from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from pydantic import ValidationError

from configuration.settings import Settings
from operations.documents import DOCUMENTS

ROOT = Path(__file__).parents[2]
REQUIRED = {
    "database_url": "postgresql://zhanggui_app:hunter2@db/zhanggui",
    "broker_url": "redis://localhost",
    "signing_key": "k" * 32,
    "secrets_key": Fernet.generate_key().decode(),
}


def made(**changes: object) -> Settings:
    return Settings(**{**REQUIRED, **changes})  # type: ignore[arg-type]  # As texts, like the environment gives them.


@pytest.mark.parametrize("name", DOCUMENTS)
def test_generated_documents_are_up_to_date(name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8") == DOCUMENTS[name]()


def test_every_setting_says_what_it_means() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_the_environment_is_read_by_the_names_of_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in REQUIRED.items():
        monkeypatch.setenv(name.upper(), value)
    monkeypatch.setenv("ALLOWED_ORIGINS", "https://a.example, https://b.example")
    monkeypatch.setenv("PORT", "9000")
    monkeypatch.setenv("READ_DATABASE_URL", "")
    settings = Settings()  # type: ignore[call-arg]  # Read from the environment.
    assert settings.allowed_origins == ("https://a.example", "https://b.example")
    assert settings.port == 9000
    assert settings.reading_database_url == settings.owner_database_url == REQUIRED["database_url"]


def test_secrets_are_not_shown() -> None:
    shown = repr(made())
    assert not any(secret in shown for secret in ("hunter2", REQUIRED["signing_key"], REQUIRED["secrets_key"]))


@pytest.mark.parametrize(
    ("name", "value"),
    [("signing_key", "tooshort-s3cret"), ("secrets_key", "not-a-fernet-s3cret"), ("port", "70000-s3cret")],
)
def test_a_refused_value_is_not_repeated(name: str, value: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        made(**{name: value})
    assert name in str(refusal.value)
    assert "s3cret" not in str(refusal.value)


def test_a_real_sms_gateway_needs_its_account() -> None:
    with pytest.raises(ValidationError, match="SMS_SIGN_NAME"):
        made(sms_gateway="aliyun", sms_access_key_id="a", sms_access_key_secret="b", sms_template_code="c")
