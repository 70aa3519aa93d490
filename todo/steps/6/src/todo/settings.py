"""What may differ from one deployment to the next."""

from secrets import token_urlsafe
from typing import Literal, Self

from pydantic import Field, HttpUrl, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Read once, from environment variables that begin with `TODO_`.

    A value that does not fit stops the service at its start, not at the first request
    that needs it.
    """

    # Errors go to the log: they must not repeat a secret.
    model_config = SettingsConfigDict(
        env_prefix="TODO_", frozen=True, hide_input_in_errors=True
    )

    environment: Literal["development", "production"] = "development"
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65_535)
    trusted_proxies: str = Field(
        default="127.0.0.1", description="Whose X-Forwarded-For is believed."
    )
    shutdown_seconds: int = Field(default=20, ge=1)
    log_json: bool = False
    metrics: bool = False

    title: str = "Todo"
    docs: bool = Field(default=True, description="Serve /docs and /openapi.json.")
    page_size: int = Field(default=20, ge=1, le=100)
    database_url: str = "sqlite+aiosqlite:///todo.db"

    # Without one, each process makes up its own: safe, and good for one process until
    # its next start. RFC 7518, 3.2: a key for HS256 has 256 bits or more.
    jwt_secret: SecretStr = Field(
        default_factory=lambda: SecretStr(token_urlsafe(32)), min_length=32
    )
    issuer: str = "https://todo.example"
    audience: str = "https://todo.example/api"
    access_token_seconds: int = Field(default=900, ge=1)
    session_days: int = Field(default=30, ge=1)

    # RFC 9106, 4, the second recommended option: 64 MiB, three passes, four lanes.
    argon2_memory_kib: int = Field(default=65_536, ge=8)
    argon2_passes: int = Field(default=3, ge=1)
    argon2_lanes: int = Field(default=4, ge=1)
    argon2_at_once: int = Field(default=2, ge=1, description="Hashes at the same time.")

    logins_per_minute: int = Field(default=5, ge=1, description="Per user and address.")
    attempts_per_minute: int = Field(default=30, ge=1, description="Per address.")
    max_body_bytes: int = Field(default=65_536, ge=1)
    cors_origins: list[str] = []

    # Without one, jobs run in the service itself and end with it.
    queue_url: str | None = None
    queue_name: str = "todo"
    schedule_here: bool = Field(
        default=True,
        description="Run the schedule in the service if there is no queue.",
    )
    dispatch_seconds: int = Field(default=5, ge=1)
    redispatch_seconds: float = Field(default=60, gt=0)
    lease_seconds: float = Field(default=30, gt=0)
    job_attempts: int = Field(default=5, ge=1)
    remind_minutes: int = Field(default=60, ge=1, description="Before it is due.")

    webhook_url: HttpUrl | None = None
    webhook_seconds: float = Field(default=5, gt=0)
    webhook_attempts: int = Field(default=3, ge=1)

    stream_poll_seconds: float = Field(default=1, gt=0)
    stream_seconds: float = Field(default=300, gt=0)

    @field_validator("database_url")
    @classmethod
    def one_scheme(cls, url: str) -> str:
        # Hosts hand out the old name; SQLAlchemy knows the new one alone.
        return url.replace("postgres://", "postgresql://", 1)

    @model_validator(mode="after")
    def production_is_complete(self) -> Self:
        if self.environment == "production":
            needed = {"jwt_secret", "database_url", "queue_url"}
            if missing := sorted(needed - self.model_fields_set):
                names = ", ".join(f"TODO_{name.upper()}" for name in missing)
                raise ValueError(f"production needs {names}")
        return self
