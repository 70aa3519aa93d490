# %% [check]
"""Load authors with their books in two statements, however many authors there are."""

from typing import Any

from seethrough.exercises import Work
from seethrough.sql import Statements, watch
from sqlalchemy import create_engine
from sqlalchemy.orm import Session


def check(work: Work) -> str:
    few, _ = _shelf(work, 2)
    work.require(
        "Author 0" in few,
        "the author who has no books yet is missing from the shelf; she should have `[]`.",
    )
    work.equal(few, {"Author 0": [], "Author 1": ["1, last", "A 1"]}, "shelf(session)")
    for authors in (12, 2):
        _, log = _shelf(work, authors)
        work.require(
            log.count <= 2,
            f"for {authors} authors `shelf` sent {log.count} statements; two are enough.",
        )
    return "Two statements for 2 authors, two for 12, and nobody is left out."


def _shelf(work: Work, authors: int) -> tuple[Any, Statements]:
    author, book = work.get("Author", type), work.get("Book", type)
    engine = create_engine("sqlite://")
    work.get("Base", type).metadata.create_all(engine)
    with Session(engine) as session:
        for number in range(authors):
            titles = [f"A {number}", f"{number}, last"] if number else []
            books = [book(title=title) for title in titles]
            session.add(author(name=f"Author {number}", books=books))
        session.commit()
    with watch(engine) as log, Session(engine) as session:
        found = work.get("shelf")(session)
    return found, log


# %% [hint]
# Watch it: `with watch(engine) as log:` around the call, then `log`. Which line sends the
# statements after the first?

# %% [hint]
# The attribute `author.books` loads when it is read, once for each author. The query can be told to
# load all of them together: `select(Author).options(…)`.

# %% [hint]
# `selectinload(Author.books)` adds one statement with `WHERE books.author_id IN (…)`. `joinedload`
# needs `.unique()` on the result.

# %% [solution]
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    mapped_column,
    relationship,
    selectinload,
)


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "authors"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    books: Mapped[list["Book"]] = relationship()


class Book(Base):
    __tablename__ = "books"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    author_id: Mapped[int] = mapped_column(ForeignKey("authors.id"))


def shelf(session: Session) -> dict[str, list[str]]:
    """Return each author's titles, sorted, by the author's name."""
    authors = session.scalars(select(Author).options(selectinload(Author.books)))
    return {author.name: sorted(book.title for book in author.books) for author in authors}


# %% [mistake] inner-join
# says: the author who has no books yet is missing
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "authors"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    books: Mapped[list["Book"]] = relationship()


class Book(Base):
    __tablename__ = "books"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    author_id: Mapped[int] = mapped_column(ForeignKey("authors.id"))


def shelf(session: Session) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    rows = session.execute(select(Author.name, Book.title).join(Book))
    for name, title in rows:
        found.setdefault(name, []).append(title)
    return {name: sorted(titles) for name, titles in found.items()}


# %% [mistake] forgot-unique
# says: InvalidRequestError: The unique() method must be invoked
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, joinedload, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "authors"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    books: Mapped[list["Book"]] = relationship()


class Book(Base):
    __tablename__ = "books"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    author_id: Mapped[int] = mapped_column(ForeignKey("authors.id"))


def shelf(session: Session) -> dict[str, list[str]]:
    authors = session.scalars(select(Author).options(joinedload(Author.books)))
    return {author.name: sorted(book.title for book in author.books) for author in authors}


# %% [mistake] a-query-each
# says: for 12 authors `shelf` sent 13 statements
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "authors"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    books: Mapped[list["Book"]] = relationship()


class Book(Base):
    __tablename__ = "books"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    author_id: Mapped[int] = mapped_column(ForeignKey("authors.id"))


def shelf(session: Session) -> dict[str, list[str]]:
    found = {}
    for author in session.scalars(select(Author)).all():
        books = session.scalars(select(Book).where(Book.author_id == author.id))
        found[author.name] = sorted(book.title for book in books)
    return found


# %% [mistake] not-sorted
# says: gave `{'Author 0': [], 'Author 1': ['A 1', '1, last']}`
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    mapped_column,
    relationship,
    selectinload,
)


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "authors"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    books: Mapped[list["Book"]] = relationship()


class Book(Base):
    __tablename__ = "books"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    author_id: Mapped[int] = mapped_column(ForeignKey("authors.id"))


def shelf(session: Session) -> dict[str, list[str]]:
    authors = session.scalars(select(Author).options(selectinload(Author.books)))
    return {author.name: [book.title for book in author.books] for author in authors}
