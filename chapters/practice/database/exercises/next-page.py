# %% [check]
"""Pages of songs, the most played first, by the position of the last one seen."""

from typing import Any

from seethrough.exercises import Work
from seethrough.sql import watch
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

PLAYS = [7, 3, 9, 3, 3, 9, 1, 3]
WANTED = [(9, 6), (9, 3), (7, 1), (3, 8), (3, 5), (3, 4), (3, 2), (1, 7)]


def check(work: Work) -> str:
    for size in (1, 3, 8):
        got = _walk(work, _charts(work), size)
        work.require(
            len(set(got)) == len(got),
            f"in pages of {size}, some songs came twice: `{got[:5]}`, … (plays, id).",
        )
        missing = [song for song in WANTED if song not in got]
        work.require(
            not missing,
            f"in pages of {size}, these songs never came: `{missing}` (plays, id). "
            "What do they have in common with a song that did?",
        )
        work.equal(got, WANTED, f"all pages of {size}, as (plays, id)")
    engine = _charts(work)
    song: Any = work.get("Song", type)
    with Session(engine) as session:
        first = [(one.plays, one.id) for one in work.get("page")(session, None, 3)]
        session.add(song(plays=50))
        session.flush()
        with watch(engine) as log:
            second = [(one.plays, one.id) for one in work.get("page")(session, first[-1], 3)]
        work.equal(second, WANTED[3:6], "the second page, after a new number one")
        work.require(log.count == 1, f"the second page took {log.count} statements; one is enough.")
        # On SQLite, SQLAlchemy writes LIMIT ? OFFSET ? in any case; the last value tells.
        last = log.sent[-1]
        work.require(
            "OFFSET" not in last.sql or last.values[-1] == 0,
            "the second page was found with OFFSET, which reads all rows before it.",
        )
    return "No song twice, none left out, and each page is found in one step."


def _walk(work: Work, engine: Engine, size: int) -> list[tuple[int, int]]:
    seen: list[tuple[int, int]] = []
    after = None
    with Session(engine) as session:
        for _ in range(20):
            songs = work.get("page")(session, after, size)
            if not songs:
                break
            seen += [(song.plays, song.id) for song in songs]
            after = seen[-1]
    return seen


def _charts(work: Work) -> Engine:
    song: Any = work.get("Song", type)
    engine = create_engine("sqlite://")
    work.get("Base", type).metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all([song(id=n, plays=plays) for n, plays in enumerate(PLAYS, 1)])
        session.commit()
    return engine


# %% [hint]
# Four songs have been played 3 times. In which order do they come, and does the database know that?

# %% [hint]
# The order needs a second column that has no ties: `order_by(Song.plays.desc(), Song.id.desc())`.
# The condition must follow the same order.

# %% [hint]
# Behind (3, 5) are: fewer plays, *or* as many plays *and* a smaller id.

# %% [hint]
# `tuple_(Song.plays, Song.id) < after` says that in one comparison; `tuple_` comes from
# `sqlalchemy`.

# %% [solution]
from sqlalchemy import select, tuple_
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Song(Base):
    __tablename__ = "songs"

    id: Mapped[int] = mapped_column(primary_key=True)
    plays: Mapped[int]


type Position = tuple[int, int]  # plays and id of the last song seen


def page(session: Session, after: Position | None, size: int) -> list[Song]:
    """Return up to `size` songs behind a position; ties are broken by the id, newest first."""
    query = select(Song).order_by(Song.plays.desc(), Song.id.desc()).limit(size)
    if after is not None:
        query = query.where(tuple_(Song.plays, Song.id) < after)
    return list(session.scalars(query))


# %% [mistake] ties-lost
# says: these songs never came
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Song(Base):
    __tablename__ = "songs"

    id: Mapped[int] = mapped_column(primary_key=True)
    plays: Mapped[int]


type Position = tuple[int, int]  # plays and id of the last song seen


def page(session: Session, after: Position | None, size: int) -> list[Song]:
    query = select(Song).order_by(Song.plays.desc(), Song.id.desc()).limit(size)
    if after is not None:
        query = query.where(Song.plays < after[0])
    return list(session.scalars(query))


# %% [mistake] either-or
# says: some songs came twice
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Song(Base):
    __tablename__ = "songs"

    id: Mapped[int] = mapped_column(primary_key=True)
    plays: Mapped[int]


type Position = tuple[int, int]  # plays and id of the last song seen


def page(session: Session, after: Position | None, size: int) -> list[Song]:
    query = select(Song).order_by(Song.plays.desc(), Song.id.desc()).limit(size)
    if after is not None:
        query = query.where((Song.plays < after[0]) | (Song.id < after[1]))
    return list(session.scalars(query))


# %% [mistake] the-last-one-again
# says: some songs came twice
from sqlalchemy import select, tuple_
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Song(Base):
    __tablename__ = "songs"

    id: Mapped[int] = mapped_column(primary_key=True)
    plays: Mapped[int]


type Position = tuple[int, int]  # plays and id of the last song seen


def page(session: Session, after: Position | None, size: int) -> list[Song]:
    query = select(Song).order_by(Song.plays.desc(), Song.id.desc()).limit(size)
    if after is not None:
        query = query.where(tuple_(Song.plays, Song.id) <= after)
    return list(session.scalars(query))


# %% [mistake] both-smaller
# says: these songs never came
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Song(Base):
    __tablename__ = "songs"

    id: Mapped[int] = mapped_column(primary_key=True)
    plays: Mapped[int]


type Position = tuple[int, int]  # plays and id of the last song seen


def page(session: Session, after: Position | None, size: int) -> list[Song]:
    query = select(Song).order_by(Song.plays.desc(), Song.id.desc()).limit(size)
    if after is not None:
        query = query.where(Song.plays <= after[0], Song.id < after[1])
    return list(session.scalars(query))


# %% [mistake] counted-then-skipped
# says: the second page
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Song(Base):
    __tablename__ = "songs"

    id: Mapped[int] = mapped_column(primary_key=True)
    plays: Mapped[int]


type Position = tuple[int, int]  # plays and id of the last song seen


def page(session: Session, after: Position | None, size: int) -> list[Song]:
    query = select(Song).order_by(Song.plays.desc(), Song.id.desc())
    if after is not None:
        songs = list(session.scalars(query))
        before = [(song.plays, song.id) for song in songs].index(after) + 1
        query = query.offset(before)
    return list(session.scalars(query.limit(size)))
