"""About the service itself."""

from fastapi import APIRouter

from todo.dependencies import SettingsDep

router = APIRouter(tags=["meta"])


@router.get("/", summary="What this service is")
async def about(settings: SettingsDep) -> dict[str, str | None]:
    return {
        "service": settings.title,
        "documentation": "/docs" if settings.docs else None,
    }
