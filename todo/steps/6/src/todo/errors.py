"""Errors, as the domain raises them and as clients see them (RFC 9457)."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

PROBLEM_JSON = "application/problem+json"


class NotFoundError(Exception):
    """What was asked for is not there, or not there for the one who asks."""


class ConflictError(Exception):
    """Two changes met, and this one came second."""


class VersionError(Exception):
    """The client has changed something that it had not read in its present state."""


class AuthenticationError(Exception):
    """We do not know who asks."""


class ForbiddenError(Exception):
    """We know who asks, and their token is not good for this."""

    def __init__(self, scopes: str) -> None:
        super().__init__(f"This takes a token with the scope {scopes}.")
        self.scopes = scopes


class TooManyError(Exception):
    """Too often in too short a time."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Too many attempts. Try again in {seconds} s.")
        self.seconds = seconds


class UnavailableError(Exception):
    """Something that we need does not answer."""


class InvalidError(Exception):
    """A value has the right type and is wrong all the same."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


class FieldProblem(BaseModel):
    where: list[str] = Field(examples=[["body", "title"]])
    message: str
    type: str


class Problem(BaseModel):
    """The body of every error."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] = []


# For `responses=` of a router or route, so that OpenAPI tells what can go wrong.
# The server cuts off a body that is too large before there is anything to read in it,
# so 413 has no problem document.
INVALID: dict[int | str, dict[str, Any]] = {
    # Found by test_contract: a body that is no text at all.
    400: {"model": Problem},
    413: {"description": "Content Too Large"},
    422: {"model": Problem},
}
REFUSED: dict[int | str, dict[str, Any]] = {
    401: {"model": Problem},
    403: {"model": Problem},
}
UNKNOWN: dict[int | str, dict[str, Any]] = {401: {"model": Problem}}
LIMITED: dict[int | str, dict[str, Any]] = {429: {"model": Problem}}
UNAVAILABLE: dict[int | str, dict[str, Any]] = {503: {"model": Problem}}
TAKEN: dict[int | str, dict[str, Any]] = {409: {"model": Problem}}
NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"model": Problem}}
STALE: dict[int | str, dict[str, Any]] = {
    409: {"model": Problem},
    412: {"model": Problem},
}


class ProblemResponse(JSONResponse):
    media_type = PROBLEM_JSON


def problem(
    status: int,
    detail: str,
    *,
    errors: list[FieldProblem] | None = None,
    headers: Mapping[str, str] | None = None,
) -> ProblemResponse:
    title = HTTPStatus(status).phrase
    body = Problem(title=title, status=status, detail=detail, errors=errors or [])
    return ProblemResponse(body.model_dump(), status, headers=headers)


async def on_http_exception(_: Request, error: HTTPException) -> ProblemResponse:
    return problem(error.status_code, error.detail, headers=error.headers)


async def on_not_found(_: Request, error: NotFoundError) -> ProblemResponse:
    return problem(404, str(error))


async def on_conflict(_: Request, error: ConflictError) -> ProblemResponse:
    return problem(409, str(error))


async def on_version(_: Request, error: VersionError) -> ProblemResponse:
    return problem(412, str(error))


async def on_unknown(_: Request, error: AuthenticationError) -> ProblemResponse:
    headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
    return problem(401, str(error), headers=headers)


async def on_forbidden(_: Request, error: ForbiddenError) -> ProblemResponse:
    challenge = f'Bearer error="insufficient_scope", scope="{error.scopes}"'
    return problem(403, str(error), headers={"WWW-Authenticate": challenge})


async def on_too_many(_: Request, error: TooManyError) -> ProblemResponse:
    return problem(429, str(error), headers={"Retry-After": str(error.seconds)})


async def on_unavailable(_: Request, error: UnavailableError) -> ProblemResponse:
    return problem(503, str(error))


async def on_invalid_value(_: Request, error: InvalidError) -> ProblemResponse:
    errors = [FieldProblem(where=[error.name], message=str(error), type="value_error")]
    return problem(422, "The request does not fit.", errors=errors)


async def on_invalid(_: Request, error: RequestValidationError) -> ProblemResponse:
    # FastAPI's own answer repeats the input: a mistyped password would come back, and
    # stay in every log on the way. Say where and why, not what.
    errors = [
        FieldProblem(
            where=[_printable(step) for step in found["loc"]],
            message=found["msg"],
            type=found["type"],
        )
        for found in error.errors()
    ]
    return problem(422, "The request does not fit.", errors=errors)


async def on_crash(request: Request, _error: Exception) -> ProblemResponse:
    # The traceback goes to the log, never to the client. The id leads from one to the
    # other when somebody calls.
    known = request.state.request_id
    return problem(
        500,
        f"Something went wrong on our side. We find it under {known}.",
        headers={"X-Request-ID": known},
    )


def _printable(step: int | str) -> str:
    # The name of an unknown field is the client's text. A lone surrogate in it cannot
    # be encoded, and the answer to a bad request would be a 500.
    return str(step).encode(errors="backslashreplace").decode()


def install(app: FastAPI) -> None:
    app.exception_handler(HTTPException)(on_http_exception)
    app.exception_handler(NotFoundError)(on_not_found)
    app.exception_handler(ConflictError)(on_conflict)
    app.exception_handler(VersionError)(on_version)
    app.exception_handler(AuthenticationError)(on_unknown)
    app.exception_handler(ForbiddenError)(on_forbidden)
    app.exception_handler(TooManyError)(on_too_many)
    app.exception_handler(UnavailableError)(on_unavailable)
    app.exception_handler(InvalidError)(on_invalid_value)
    app.exception_handler(RequestValidationError)(on_invalid)
    app.exception_handler(Exception)(on_crash)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]


def _openapi(app: FastAPI) -> dict[str, Any]:
    """Document errors with the media type that they have.

    FastAPI writes the model of an extra response under the media type of the route.
    """
    if app.openapi_schema is None:
        schema = get_openapi(title=app.title, version=app.version, routes=app.routes)
        for path in schema["paths"].values():
            for operation in path.values():
                for status, response in operation["responses"].items():
                    if status >= "400" and "content" in response:
                        [content] = response["content"].values()
                        response["content"] = {PROBLEM_JSON: content}
        app.openapi_schema = schema
    return app.openapi_schema
