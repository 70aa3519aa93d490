"""What routes ask for by type."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Header, Path, Request, Response, Security
from fastapi.security import OAuth2PasswordBearer, SecurityScopes

from todo.auth import Auth
from todo.clock import Clock, utc_now
from todo.db import Database
from todo.errors import AuthenticationError, ForbiddenError, TooManyError
from todo.health import Readiness
from todo.metrics import Metrics
from todo.models import User
from todo.pagination import MAX_ID
from todo.passwords import Passwords
from todo.queue import Queue
from todo.rate_limit import RateLimiter
from todo.schemas import Scope
from todo.settings import Settings
from todo.tokens import AccessTokens
from todo.unit_of_work import UnitOfWork


def get_settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def get_database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


async def get_uow(
    database: Annotated[Database, Depends(get_database)],
) -> AsyncIterator[UnitOfWork]:
    async with database.sessions() as session:
        yield UnitOfWork(session)


def get_clock() -> Clock:
    # A dependency, so that a test can stop the time.
    return utc_now


def get_version(
    if_match: Annotated[
        str | None,
        Header(
            pattern=r'^"[0-9]{1,10}"$',
            description="The ETag that was read: 412 if there is a newer one.",
        ),
    ] = None,
) -> int | None:
    return None if if_match is None else int(if_match.strip('"'))


def get_tokens(request: Request) -> AccessTokens:
    tokens: AccessTokens = request.app.state.tokens
    return tokens


def get_passwords(request: Request) -> Passwords:
    passwords: Passwords = request.app.state.passwords
    return passwords


def get_rate_limiter(request: Request) -> RateLimiter:
    limiter: RateLimiter = request.app.state.rate_limiter
    return limiter


def get_queue(request: Request) -> Queue:
    queue: Queue = request.app.state.queue
    return queue


def get_readiness(request: Request) -> Readiness:
    readiness: Readiness = request.app.state.readiness
    return readiness


def get_metrics(request: Request) -> Metrics:
    metrics: Metrics = request.app.state.metrics
    return metrics


def get_client_address(request: Request) -> str:
    # Behind a proxy this is the proxy, unless uvicorn is told to trust its headers.
    return request.client.host if request.client else "unknown"


SettingsDep = Annotated[Settings, Depends(get_settings)]
# "function": closed when the route returns. By default it would be closed after the
# response is sent, and a slow client would keep a connection out of the pool.
UowDep = Annotated[UnitOfWork, Depends(get_uow, scope="function")]
ClockDep = Annotated[Clock, Depends(get_clock)]
VersionDep = Annotated[int | None, Depends(get_version)]
TodoId = Annotated[int, Path(ge=1, le=MAX_ID)]
TokensDep = Annotated[AccessTokens, Depends(get_tokens)]
DatabaseDep = Annotated[Database, Depends(get_database)]
QueueDep = Annotated[Queue, Depends(get_queue)]
ReadinessDep = Annotated[Readiness, Depends(get_readiness)]
MetricsDep = Annotated[Metrics, Depends(get_metrics)]
RateLimiterDep = Annotated[RateLimiter, Depends(get_rate_limiter)]
AddressDep = Annotated[str, Depends(get_client_address)]

bearer = OAuth2PasswordBearer(
    tokenUrl="auth/token",
    scopes={Scope.READ: "Read your todos.", Scope.WRITE: "Change your todos."},
)


async def get_current_user(
    needed: SecurityScopes,
    token: Annotated[str, Depends(bearer)],
    tokens: TokensDep,
    uow: UowDep,
) -> User:
    claims = tokens.read(token)
    # Asked on each request: a token is good for minutes, a user may be locked out now.
    user = await uow.users.get(claims.user_id)
    if user is None or not user.is_active:
        raise AuthenticationError("This token is not valid.")
    if not claims.scopes.issuperset(needed.scopes):
        raise ForbiddenError(needed.scope_str)
    return user


def get_auth(
    uow: UowDep,
    passwords: Annotated[Passwords, Depends(get_passwords)],
    tokens: TokensDep,
    settings: SettingsDep,
    clock: ClockDep,
) -> Auth:
    return Auth(uow, passwords, tokens, settings, clock)


async def limit_attempts(
    limiter: RateLimiterDep, address: AddressDep, settings: SettingsDep
) -> None:
    """Count before any password is hashed: hashing is what an attacker makes us do."""
    if wait := await limiter.hit(f"address {address}", settings.attempts_per_minute):
        raise TooManyError(wait)


def forbid_storing(response: Response) -> None:
    # RFC 6749, 5.1: neither the browser nor a cache on the way keeps tokens.
    response.headers["Cache-Control"] = "no-store"


AuthDep = Annotated[Auth, Depends(get_auth)]
ReaderDep = Annotated[User, Security(get_current_user, scopes=[Scope.READ])]
WriterDep = Annotated[User, Security(get_current_user, scopes=[Scope.WRITE])]
