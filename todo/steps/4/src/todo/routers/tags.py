"""Tags, and how many todos carry each."""

from fastapi import APIRouter

from todo.dependencies import ReaderDep, UowDep
from todo.errors import REFUSED
from todo.schemas import TagCount, TagList

router = APIRouter(prefix="/tags", tags=["tags"], responses=REFUSED)


@router.get("", summary="List tags")
async def list_tags(user: ReaderDep, uow: UowDep) -> TagList:
    found = await uow.todos_of(user.id).tags()
    return TagList(items=[TagCount.model_validate(tag) for tag in found])
