"""Two tests that would disturb each other, in either order, and do not.

Both take the same name, which only one row can have. Each commits, as the code under
test does, and each is rolled back.
"""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from todo.clock import utc_now
from todo.db import Database
from todo.models import User
from todo.unit_of_work import UnitOfWork


async def take_the_name(session: AsyncSession) -> None:
    uow = UnitOfWork(session)
    await uow.users.add("ada", "!", utc_now())
    await uow.commit()
    assert await uow.users.by_username("ada") is not None


async def test_one(session: AsyncSession) -> None:
    await take_the_name(session)


async def test_other(session: AsyncSession) -> None:
    await take_the_name(session)


async def test_nobody_else_sees_what_such_a_test_commits(
    session: AsyncSession, database: Database
) -> None:
    await take_the_name(session)
    async with database.sessions() as other:
        assert await other.scalar(select(func.count()).select_from(User)) == 0
