# %% [check]
"""A column: an expression on the class, a value or a default on the instance."""

from typing import Any

from seethrough.exercises import Work


def check(work: Work) -> str:
    column: Any = work.get("Column", type)
    body = {"pages": column(100), "year": column(1990), "tags": column(list)}
    book_class: Any = type("Book", (), body)
    first, second = book_class(), book_class()
    got = first.pages
    work.require(
        not isinstance(got, column),
        "`book.pages` gave the `Column` itself, on an instance that has no value yet; "
        "it should give the default.",
    )
    work.equal(got, 100, "pages = Column(100); book.pages")
    first.pages = 320
    work.equal((first.pages, first.year), (320, 1990), "book.pages = 320; book.pages, book.year")
    work.require(
        second.pages == 100,
        f"`first.pages = 320` also gave `second.pages` the value {second.pages}.",
    )
    first.pages = 0
    work.equal(first.pages, 0, "book.pages = 0; book.pages")
    work.require(
        first.tags == [],
        f"`book.tags` gave `{first.tags!r}` where the default is the callable `list`; "
        "a callable default is to be called.",
    )
    first.tags.append("python")
    work.require(
        first.tags == ["python"],
        "`book.tags.append('python')` had no effect: reading `book.tags` again made a new list.",
    )
    work.require(
        second.tags == [],
        f"`first.tags.append('python')` also changed the tags of another book: {second.tags}.",
    )
    work.equal(_greater(work, book_class, "pages"), "pages > 300", "Book.pages > 300")
    work.equal(_greater(work, book_class, "year"), "year > 300", "Book.year > 300")
    return "Values on the instance, SQL on the class, and no list is shared."


def _greater(work: Work, book_class: Any, name: str) -> object:
    try:
        return getattr(book_class, name) > 300
    except (TypeError, AttributeError) as error:
        work.fail(f"`Book.{name} > 300` raised `{type(error).__name__}: {error}`.")


# %% [hint]
# Two accesses, two answers, one `__get__`: on the class return `self`, and let `self` answer `>`.

# %% [hint]
# The name comes from `__set_name__`. `>` calls `__gt__` on the object at its left.

# %% [hint]
# Test for a missing value by `self.name not in instance.__dict__`. A test for truth would mistake a
# stored 0 for nothing.

# %% [hint]
# When the default is `callable`, call it once for the instance and *store* what it made, before
# you return it.

# %% [solution]
from typing import Any


class Column:
    """A stored value with a default; an SQL expression when read on the class."""

    name: str

    def __init__(self, default: Any = None) -> None:
        self.default = default

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        if self.name not in instance.__dict__:
            made = self.default() if callable(self.default) else self.default
            instance.__dict__[self.name] = made
        return instance.__dict__[self.name]

    def __set__(self, instance: Any, value: Any) -> None:
        instance.__dict__[self.name] = value

    def __gt__(self, other: object) -> str:
        return f"{self.name} > {other}"


class Book:
    pages = Column(0)
    tags = Column(list)


# %% [mistake] new-list-each-time
# says: reading `book.tags` again made a new list
class Column:
    def __init__(self, default=None):
        self.default = default

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        if self.name in instance.__dict__:
            return instance.__dict__[self.name]
        return self.default() if callable(self.default) else self.default

    def __set__(self, instance, value):
        instance.__dict__[self.name] = value

    def __gt__(self, other):
        return f"{self.name} > {other}"


# %% [mistake] one-list-for-all
# says: also changed the tags of another book
class Column:
    def __init__(self, default=None):
        self.default = default() if callable(default) else default

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        return instance.__dict__.get(self.name, self.default)

    def __set__(self, instance, value):
        instance.__dict__[self.name] = value

    def __gt__(self, other):
        return f"{self.name} > {other}"


# %% [mistake] zero-is-nothing
# says: `book.pages = 0; book.pages` gave `100`; it should give `0`
class Column:
    def __init__(self, default=None):
        self.default = default

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        if not instance.__dict__.get(self.name):
            instance.__dict__[self.name] = (
                self.default() if callable(self.default) else self.default
            )
        return instance.__dict__[self.name]

    def __set__(self, instance, value):
        instance.__dict__[self.name] = value

    def __gt__(self, other):
        return f"{self.name} > {other}"


# %% [mistake] default-on-the-class
# says: `Book.pages > 300` gave `False`; it should give `'pages > 300'`
class Column:
    def __init__(self, default=None):
        self.default = default

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, instance, owner=None):
        if instance is None:
            return self.default
        if self.name not in instance.__dict__:
            instance.__dict__[self.name] = (
                self.default() if callable(self.default) else self.default
            )
        return instance.__dict__[self.name]

    def __set__(self, instance, value):
        instance.__dict__[self.name] = value


# %% [mistake] state-on-the-column
# says: `first.pages = 320` also gave `second.pages` the value 320
class Column:
    def __init__(self, default=None):
        self.default = default

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, instance, owner=None):
        return self if instance is None else self.default

    def __set__(self, instance, value):
        self.default = value

    def __gt__(self, other):
        return f"{self.name} > {other}"
