"""What may differ from one deployment to the next."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Read once, from environment variables that begin with `TODO_`.

    A value that does not fit stops the service at its start, not at the first request
    that needs it.
    """

    model_config = SettingsConfigDict(env_prefix="TODO_", frozen=True)

    title: str = "Todo"
    docs: bool = Field(default=True, description="Serve /docs and /openapi.json.")
    page_size: int = Field(default=20, ge=1, le=100)
    database_url: str = "sqlite+aiosqlite:///todo.db"
