"""Tags, and how many todos carry each."""

from fastapi import APIRouter

from todo.dependencies import UowDep
from todo.schemas import TagCount, TagList

router = APIRouter(prefix="/tags", tags=["tags"])


@router.get("", summary="List tags")
async def list_tags(uow: UowDep) -> TagList:
    found = await uow.todos.tags()
    return TagList(items=[TagCount.model_validate(tag) for tag in found])
