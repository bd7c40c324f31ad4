"""Settings (配置): everything that differs between machines comes from environment variables and stands in one table.

`docs/settings.md` is generated from the descriptions here (`./run documents`); a test keeps the two equal.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, Self

from cryptography.fernet import Fernet
from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

signing_key_length_min = 32
processes_max = 64
threads_max = 64


class Settings(BaseSettings):
    """The settings of one process, read from the environment once."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True, hide_input_in_errors=True)

    database_url: str = Field(
        repr=False,
        description="PostgreSQL 15 or newer, e.g. `postgresql://user:password@host:5432/zhanggui?sslmode=require`. "
        "The account the program works under: neither superuser nor owner of the tables.",
    )
    migration_database_url: str = Field(
        default="", repr=False, description="The same database under the account that owns the tables."
    )
    read_database_url: str = Field(
        default="", repr=False, description="A read replica for queries that may be a moment behind."
    )
    database_pool_size: int = Field(default=10, ge=1, le=200, description="Connections kept by each process.")
    statement_timeout_seconds: float = Field(
        default=15, gt=0, le=600, description="A statement that takes longer is cancelled by the database."
    )
    broker_url: str = Field(
        repr=False, description="Redis, Valkey or RabbitMQ: `redis://:password@host:6379/0`, `amqp://...`."
    )

    host: str = Field(default="127.0.0.1", description="The address the API listens on.")
    port: int = Field(default=8000, ge=0, le=65535, description="The port the API listens on.")
    api_processes: int = Field(default=1, ge=1, le=processes_max, description="API processes that share the port.")
    worker_threads: int = Field(default=10, ge=1, le=threads_max, description="Tasks one worker does at the same time.")
    data_directory: Path = Field(
        default=Path(".data"), description="Where files live that are not rows: exports, logs, the embedded servers."
    )
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Web origins that may call the API from a browser, separated by commas."
    )

    signing_key: SecretStr = Field(
        description=f"Signs access tokens; at least {signing_key_length_min} characters. A new key signs everyone out."
    )
    secrets_key: SecretStr = Field(
        description="Encrypts the credentials of channels at rest: a Fernet key (32 bytes in URL-safe base64)."
    )
    access_token_seconds: int = Field(default=900, ge=10, le=86_400, description="Life of an access token.")
    refresh_token_seconds: int = Field(
        default=2_592_000, ge=60, le=31_536_000, description="Life of a refresh token that is not used."
    )

    password_memory_kib: int = Field(
        default=65_536, ge=8, le=1_048_576, description="Memory that hashing one password takes (argon2id)."
    )
    compiled_reads: bool = Field(
        default=True, description="Compile query operations; without it the standard executor runs them all."
    )
    catalogue_cache_seconds: int = Field(
        default=60,
        ge=0,
        le=86_400,
        description="How long caches before us may keep answers that show nothing but the public catalogue; 0: never.",
    )
    console: bool = Field(
        default=False, description="Serve GraphiQL at `/console`; with the demo company it always is."
    )

    sms_gateway: Literal["console", "aliyun"] = Field(
        default="console", description="How short messages leave: into the log, or by an Aliyun-style gateway."
    )
    sms_address: str = Field(default="https://dysmsapi.aliyuncs.com/", description="Address of the SMS gateway.")
    sms_access_key_id: str = Field(default="", description="Account at the SMS gateway.")
    sms_access_key_secret: SecretStr = Field(default=SecretStr(""), description="Its secret.")
    sms_sign_name: str = Field(default="", description="The signature (签名) approved for our messages.")
    sms_template_code: str = Field(default="", description="The approved template for shipping notices.")

    mail_gateway_address: str = Field(
        default="", description="The program that mails digests, called as in docs/digest-messages.md; empty: none."
    )
    mail_gateway_key: str = Field(default="", description="The key by which it knows us.")
    mail_gateway_secret: SecretStr = Field(default=SecretStr(""), description="The secret calls of it are signed with.")

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="What is logged.")
    log_format: Literal["json", "console"] = Field(default="json", description="Lines for machines or for people.")
    connector_calls_per_second: float = Field(
        default=0, ge=0, le=10_000, description="Calls to each shop per second; 0 keeps to what its platform advises."
    )
    demo: bool = Field(default=False, description="The demo company is loaded; its simulators stand for the channels.")
    demo_film: bool = Field(
        default=True,
        description="The demo's month of orders runs as a film; otherwise it has just happened and comes in at once.",
    )
    simulators_url: str = Field(default="", description="Where the demo company's simulators answer.")

    @field_validator("allowed_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("signing_key")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        if len(value.get_secret_value()) < signing_key_length_min:
            raise ValueError(f"needs at least {signing_key_length_min} characters")
        return value

    @field_validator("secrets_key")
    @classmethod
    def _is_fernet_key(cls, value: SecretStr) -> SecretStr:
        try:
            Fernet(value.get_secret_value())
        except ValueError:
            # Without `from None` the traceback would show the key.
            raise ValueError("is not a Fernet key") from None
        return value

    @model_validator(mode="after")
    def _gateway_is_complete(self) -> Self:
        if self.sms_gateway == "aliyun":
            needed = {
                "SMS_ACCESS_KEY_ID": self.sms_access_key_id,
                "SMS_ACCESS_KEY_SECRET": self.sms_access_key_secret.get_secret_value(),
                "SMS_SIGN_NAME": self.sms_sign_name,
                "SMS_TEMPLATE_CODE": self.sms_template_code,
            }
            missing = [name for name, value in needed.items() if not value]
            if missing:
                raise ValueError(f"SMS_GATEWAY=aliyun needs {', '.join(missing)}")
        return self

    @property
    def owner_database_url(self) -> str:
        """The address for migrations; a small installation has one account for both."""
        return self.migration_database_url or self.database_url

    @property
    def reading_database_url(self) -> str:
        """The address for queries; without a replica it is the database itself."""
        return self.read_database_url or self.database_url


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Return the settings of this process; the environment is read once."""
    return Settings()  # type: ignore[call-arg]  # The missing arguments come from the environment.
