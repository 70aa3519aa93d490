"""Users, as they see themselves."""

from fastapi import APIRouter, Depends

from todo.dependencies import ReaderDep, forbid_storing
from todo.errors import REFUSED
from todo.models import User
from todo.schemas import UserOut

router = APIRouter(
    prefix="/users",
    tags=["users"],
    dependencies=[Depends(forbid_storing)],
    responses=REFUSED,
)


@router.get("/me", response_model=UserOut, summary="Who am I?")
async def read_me(user: ReaderDep) -> User:
    return user
