"""Registering, logging in, staying in, logging out."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, status

from todo.auth import TokenPair
from todo.dependencies import (
    AddressDep,
    AuthDep,
    RateLimiterDep,
    SettingsDep,
    forbid_storing,
    limit_attempts,
)
from todo.errors import INVALID, LIMITED, TAKEN, UNKNOWN, TooManyError
from todo.models import User
from todo.schemas import LoginForm, RefreshForm, TokenOut, UserCreate, UserOut

router = APIRouter(
    prefix="/auth",
    tags=["auth"],
    dependencies=[Depends(limit_attempts), Depends(forbid_storing)],
    responses=INVALID | LIMITED,
)


@router.post(
    "/register",
    response_model=UserOut,
    status_code=status.HTTP_201_CREATED,
    responses=TAKEN,
    summary="Register",
)
async def register(new: UserCreate, auth: AuthDep) -> User:
    return await auth.register(new)


@router.post("/token", response_model=TokenOut, responses=UNKNOWN, summary="Log in")
async def log_in(
    form: Annotated[LoginForm, Form()],
    auth: AuthDep,
    limiter: RateLimiterDep,
    address: AddressDep,
    settings: SettingsDep,
) -> TokenPair:
    # By address and name: by name alone, anybody could lock a user out.
    key = f"login {address} {form.username.lower()}"
    if wait := await limiter.hit(key, settings.logins_per_minute):
        raise TooManyError(wait)
    return await auth.log_in(form)


@router.post(
    "/refresh", response_model=TokenOut, responses=UNKNOWN, summary="Stay logged in"
)
async def refresh(form: RefreshForm, auth: AuthDep) -> TokenPair:
    return await auth.refresh(form.refresh_token.get_secret_value())


# RFC 7009: also for a token that is not valid, so that it tells nothing about tokens.
@router.post("/logout", status_code=status.HTTP_204_NO_CONTENT, summary="Log out")
async def log_out(form: RefreshForm, auth: AuthDep) -> None:
    await auth.log_out(form.refresh_token.get_secret_value())
