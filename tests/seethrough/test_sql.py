"""Do the list of statements and the pictures show what SQLAlchemy and Alembic did?"""

import xml.etree.ElementTree as ET
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    select,
    text,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from seethrough import sql

SVG = "{http://www.w3.org/2000/svg}"


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    __table_args__ = (CheckConstraint("pieces > 0"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    item: Mapped[str]
    pieces: Mapped[int] = mapped_column(default=1)


@pytest.fixture
def engine():
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


def words(picture):
    return [element.text for element in ET.fromstring(picture.svg).iter(f"{SVG}text")]


def test_are_statements_listed_with_their_transaction(engine):
    with sql.watch(engine) as log, Session(engine) as session:
        session.add(Order(item="tea"))
        session.commit()
    assert log.verbs == ["BEGIN", "INSERT", "COMMIT"]
    assert log.count == 1
    assert str(log.sent[1]) == "  INSERT INTO orders (item, pieces) VALUES (?, ?)  ['tea', 1]"


def test_is_the_statement_that_failed_marked_and_no_other(engine):
    ticks = iter(range(100))
    with sql.watch(engine, clock=lambda: next(ticks)) as log, engine.connect() as connection:
        with pytest.raises(IntegrityError):
            connection.execute(text("INSERT INTO orders (item, pieces) VALUES ('tea', 0)"))
        connection.execute(text("SELECT 1"))
    told = [(each.sql.split()[0], each.seconds, each.failed) for each in log.sent]
    assert told == [
        ("BEGIN", None, ""),
        ("INSERT", 1, "CHECK constraint failed: pieces > 0"),
        ("SELECT", 1, ""),
        ("ROLLBACK", None, ""),
    ]


def test_is_nothing_said_where_nothing_was_sent(engine):
    with sql.watch(engine) as log, Session(engine) as session:
        session.add(Order(item="tea"))
    assert repr(log) == "nothing was sent"


def test_does_it_stop_listening(engine):
    with sql.watch(engine) as log:
        pass
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    assert log.sent == []


def test_can_two_listen_at_once_and_one_forget(engine):
    with sql.watch(engine) as outer, sql.watch(engine) as inner, engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        inner.clear()
        connection.execute(text("SELECT 2"))
    assert (outer.count, inner.count) == (2, 1)


def test_is_the_engine_of_an_async_engine_watched(engine):
    with sql.watch(SimpleNamespace(sync_engine=engine)) as log, engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    assert log.count == 1


def test_is_a_long_list_of_columns_cut_but_no_condition(engine):
    columns = [Column(f"column_{number}", Integer) for number in range(6)]
    wide = Table("wide", MetaData(), *columns)
    with sql.watch(engine) as log, engine.connect() as connection:
        wide.create(connection)
        log.clear()
        connection.execute(select(wide).where(wide.c.column_5 == 7))
    line = "  SELECT wide.column_0, … FROM wide WHERE wide.column_5 = ?  [7]"
    assert str(log.sent[0]) == line


def test_are_many_sets_of_values_one_statement(engine):
    with sql.watch(engine) as log, engine.begin() as connection:
        connection.execute(
            text("INSERT INTO orders (item, pieces) VALUES (:item, 1)"),
            [{"item": "tea"}, {"item": "jam"}],
        )
    assert log.count == 1
    assert str(log.sent[1]).endswith("× 2")


def test_does_a_life_tell_states_and_what_was_sent(engine):
    with sql.watch(engine) as log:
        life = sql.Life(log)
        order = Order(item="tea")
        with Session(engine) as session:
            life.see("Order()", order)
            session.add(order)
            life.see("add", order)
            session.flush()
            life.see("flush", order)
            session.delete(order)
            life.see("delete", order)
            session.flush()
            life.see("flush again", order)
            session.commit()
        life.see("commit", order)
    states = [moment.state for moment in life.moments]
    assert states == [
        "transient",
        "pending",
        "persistent",
        "persistent",
        "deleted",
        "detached",
    ]
    assert life.moments[2].sent == ("BEGIN", "INSERT")
    picture = life.picture("An order")
    assert picture.text.splitlines()[3] == "flush        persistent  BEGIN INSERT"
    assert "2. flush" in words(picture)
    # "delete" changed nothing, so there are four arrows: 1 to 4.
    assert [word for word in words(picture) if word in {"1", "2", "3", "4", "5"}] == list("1234")


def test_does_the_schema_show_columns_keys_and_what_a_delete_does():
    metadata = MetaData()
    Table("shelf", metadata, Column("id", Integer, primary_key=True))
    Table(
        "book",
        metadata,
        Column("isbn", String(13), primary_key=True),
        Column("shelf_id", ForeignKey("shelf.id", ondelete="CASCADE"), nullable=False),
    )
    picture = sql.schema(metadata, "Library")
    assert picture.text.splitlines() == [
        "Library",
        "shelf",
        "  PK    id           integer",
        "book",
        "  PK    isbn         varchar(13)",
        "  FK    shelf_id     integer, not null",
    ]
    assert "on delete cascade" in words(picture)


def revision(name, *down, doc=""):
    downs = None if not down else down[0] if len(down) == 1 else down
    return SimpleNamespace(revision=name, down_revision=downs, doc=doc or name)


class Scripts:
    """A script directory with two branches that meet again."""

    revisions = (
        revision("d4", "b2", "c3", doc="Both."),
        revision("c3", "a1"),
        revision("b2", "a1"),
        revision("a1", doc="First"),
    )

    def walk_revisions(self):
        return iter(self.revisions)

    def iterate_revisions(self, upper, lower):
        found = {"d4": "d4 c3 b2 a1", "c3": "c3 a1", "b2": "b2 a1", "a1": "a1"}[upper]
        return [one for one in self.revisions if one.revision in found.split()]

    def get_heads(self):
        return ["d4"]


def test_does_the_history_show_branches_a_merge_and_where_the_database_is():
    picture = sql.history(Scripts(), at=["b2"], title="History")
    assert picture.text.splitlines() == [
        "History",
        "base -> a1  First  (applied)",
        "a1 -> b2  b2  (applied, the database is here)",
        "a1 -> c3  c3",
        "b2, c3 -> d4  Both  (head)",
    ]
    circles = ET.fromstring(picture.svg).iter(f"{SVG}circle")
    assert [circle.get("cx") for circle in circles] == ["24", "24", "68", "24"]


def test_is_a_real_script_directory_understood():
    from alembic.script import ScriptDirectory

    stages = Path(__file__).parents[2] / "todo" / "steps"
    scripts = ScriptDirectory(str(stages / "3" / "src" / "todo" / "migrations"))
    assert sql.history(scripts).text.splitlines()[1].startswith("base -> 0001  ")


def test_is_a_table_laid_out_in_columns():
    rows = [{"level": "READ", "says": 1}, {"level": "X", "says": "none"}]
    assert sql.table(rows) == "level  says\nREAD   1\nX      none"
    assert sql.table([]) == ""
