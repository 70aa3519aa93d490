"""The reader's Python itself, in node: hostile cells, kernel habits, packages."""

from __future__ import annotations

import pytest
from hostile import HOSTILE, SAYS
from recursion import RECURSION

from coursekit.live import run_jobs


@pytest.fixture(scope="session")
def ran(live):
    """Each hostile cell in one Python, each followed by a harmless one."""
    cells = [text for source in HOSTILE.values() for text in (source, "print('next', len('abc'))")]
    job = run_jobs([{"name": "hostile", "cells": cells}])[0]["cells"]
    return dict(zip(HOSTILE, zip(job[::2], job[1::2], strict=False), strict=False))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_cell_is_reported_and_the_next_one_runs(ran, name):
    cell, following = ran[name]
    assert cell["state"] in {"done", "failed"}
    assert following["state"] == "done"
    assert following["outputs"] == [["stream", "stdout", "next 3\n"]]


@pytest.mark.parametrize("name", SAYS)
def test_what_readers_may_not_know_is_said(ran, name):
    assert SAYS[name] in str(ran[name][0]["outputs"])


def test_endless_output_is_cut(ran):
    size = sum(len(each[2]) for each in ran["much output"][0]["outputs"] if each[0] == "stream")
    assert size < 1_000_000
    assert "not shown" in str(ran["much output"][0]["outputs"][-1])


def results(*cells):
    return run_jobs([{"name": "cells", "cells": list(cells)}])[0]["cells"]


@pytest.fixture(scope="session")
def habits(live):
    cells = {
        "value": "21 * 2",
        "quiet": "21 * 2;",
        "none": "None",
        "out": "_ + 1 if False else Out[1]",
        "streams": "import sys\nprint('a')\nprint('b', file=sys.stderr)\nprint('c')",
        "pretty": "{n: 'x' * n for n in range(12)}",
        "await": "import asyncio\nawait asyncio.sleep(0.01, 'slept')",
        "context set": "from contextvars import ContextVar\nv = ContextVar('v')\nv.set(1);",
        "context get": "v.get()",
        "background": "async def tick():\n    print('tick')\nt = asyncio.create_task(tick())",
        "background runs": "await t",
        "trace": "def fail():\n    return 1 / 0\nfail()",
        "timeit": "%timeit -n 2 -r 2 -q 1 + 1\nx = 3",
        "file": "%%writefile note.txt\nhello",
        "read": "open('note.txt').read()",
        "html": "class H:\n    def _repr_html_(self): return '<b>h</b>'\n    def __repr__(self): return 'H'\nH()",
        "display": "display(1, 'two')",
        "input": "input('? ')",
        "main": "__name__, In[1]",
        "names taken": "class Out: ...\nIn = None\n7",
        "names taken back": "del Out, In\nOut[20], In[1]",
        "source": "import inspect\ndef f():\n    return 1\ninspect.getsource(f)",
        "executor": "await asyncio.to_thread(lambda: 5)",
    }
    given = [{"source": each, "input": ["typed"]} for each in cells.values()]
    return dict(zip(cells, (each["outputs"] for each in results(*given)), strict=True))


def shown(outputs):
    return [each[1]["text/plain"] for each in outputs if each[0] in {"result", "display"}]


def test_the_last_value_is_shown_as_ipython_shows_it(habits):
    assert shown(habits["value"]) == ["42"]
    assert shown(habits["out"]) == ["42"]
    assert habits["quiet"] == habits["none"] == []
    assert shown(habits["pretty"])[0].startswith("{0: '',\n 1: 'x',\n")


def test_streams_keep_their_order(habits):
    assert habits["streams"] == [
        ["stream", "stdout", "a\n"],
        ["stream", "stderr", "b\n"],
        ["stream", "stdout", "c\n"],
    ]


def test_a_loop_already_runs_and_rests_between_cells(habits):
    assert shown(habits["await"]) == ["'slept'"]
    assert habits["background"] + habits["background runs"] == [["stream", "stdout", "tick\n"]]
    assert shown(habits["context get"]) == ["1"]
    assert shown(habits["executor"]) == ["5"]


def test_a_traceback_names_the_readers_lines_and_no_others(habits):
    text = habits["trace"][0][1]["traceback"]
    assert "Cell 11, line 3" in text
    assert "return 1 / 0" in text
    assert "kernel" not in text


def test_magics_and_rich_values(habits):
    assert habits["timeit"] == []
    assert habits["file"] == [["stream", "stdout", "Writing note.txt\n"]]
    assert shown(habits["read"]) == ["'hello\\n'"] or shown(habits["read"]) == ["'hello'"]
    assert habits["html"][0][1] == {"text/html": "<b>h</b>", "text/plain": "H"}
    assert shown(habits["display"]) == ["1", "'two'"]
    assert shown(habits["input"]) == ["'typed'"]
    assert shown(habits["main"]) == ["('__main__', '21 * 2')"]
    assert "return 1" in shown(habits["source"])[0]


def test_a_cell_may_take_the_kernels_names_for_something_else(habits):
    assert shown(habits["names taken"]) == ["7"]
    assert shown(habits["names taken back"]) == []


def test_the_source_of_the_standard_library_is_read_where_it_was_not_needed_before(live):
    source = "import asyncio, inspect\nprint(inspect.getsource(asyncio.BaseEventLoop.time))"
    assert "def time(self):" in results(source)[0]["outputs"][0][2]


def test_a_shadowed_builtin_is_named(live):
    cells = results("len = 5", "len('abc')", "del len\nlen('abc')")
    assert "del len" in cells[1]["outputs"][0][1]["help"]
    assert shown(cells[2]["outputs"]) == ["3"]


PACKAGES = {
    "pydantic": "from pydantic import BaseModel\nclass P(BaseModel):\n    n: int\nP(n='3')",
    "fastapi": (
        "from fastapi import FastAPI\nimport httpx2\napp = FastAPI()\n"
        "@app.get('/async/{n}')\nasync def a(n: int): return {'n': n}\n"
        "@app.get('/def/{n}')\ndef d(n: int): return {'n': n}\n"
        "async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url='http://t') as c:\n"
        "    print([(r.status_code, r.json()) for r in [await c.get('/async/1'), await c.get('/def/2')]])\n"
        "    print((await c.get('/def/x')).status_code)"
    ),
    "sqlalchemy": (
        "from sqlalchemy import create_engine, text\n"
        "with create_engine('sqlite://').connect() as c: print(c.execute(text('select 1 + 1')).scalar())"
    ),
    "alembic": "from alembic.migration import MigrationContext\nprint(MigrationContext.__name__)",
    "jwt": "import jwt\nprint(jwt.decode(jwt.encode({'sub': 'a'}, 'k' * 32), 'k' * 32, ['HS256']))",
    "mypy": "from mypy import api\nopen('m.py', 'w').write('x: int = \"a\"')\nprint(api.run(['m.py'])[0])",
    "pytest": (
        "import pytest\nopen('test_one.py', 'w').write('def test_one(): assert 1 + 1 == 2')\n"
        "print(pytest.main(['-q', '-p', 'no:cacheprovider', 'test_one.py']) == 0)"
    ),
}
EXPECTED = {
    "pydantic": "P(n=3)",
    "fastapi": "[(200, {'n': 1}), (200, {'n': 2})]\n422",
    "sqlalchemy": "2",
    "alembic": "MigrationContext",
    "jwt": "{'sub': 'a'}",
    "mypy": "Incompatible types in assignment",
    "pytest": "True",
}


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_of_the_course_works_in_a_tab(live, name):
    outputs = results(PACKAGES[name])[0]["outputs"]
    text = "".join(each[2] if each[0] == "stream" else str(each[1]) for each in outputs)
    assert EXPECTED[name] in text, text


def test_a_builtin_that_a_cell_replaced_is_put_back_and_the_reader_is_told(live):
    cells = results("import builtins\nbuiltins.len = builtins.abs = None", "len('abc')")
    assert cells[0]["outputs"] == [
        ["stream", "stderr", "This cell replaced the builtins abs, len; the page put them back.\n"]
    ]
    assert shown(cells[1]["outputs"]) == ["3"]


def test_what_a_cell_takes_from_the_future_holds_for_the_next_ones(live):
    cells = results(
        "from __future__ import annotations",
        "def when(day: Monday): ...\nprint(when.__annotations__)",
    )
    assert cells[1]["outputs"] == [["stream", "stdout", "{'day': 'Monday'}\n"]]


def test_what_calls_itself_ends_as_it_does_elsewhere(live):
    cells = results(*RECURSION.values(), "print('next')")
    ends = {
        name: each["outputs"][-1][1]["ename"] for name, each in zip(RECURSION, cells, strict=False)
    }
    assert ends == dict.fromkeys(RECURSION, "RecursionError")
    assert cells[-1]["outputs"] == [["stream", "stdout", "next\n"]]


@pytest.fixture(scope="session")
def mended(live):
    """What cells show that once showed something wrong; the cells' numbers are their places."""
    job = run_jobs([{"name": "mended", "cells": list(MENDED.values())}])[0]["cells"]
    return dict(zip(MENDED, (each["outputs"] for each in job), strict=True))


MENDED = {
    "time raises": "\n%%time\nx = 1\nx / 0",
    "time cannot read": "%%time\nx = 1\nif x\n    pass",
    "time line": "y = 1\n%time 1 / 0",
    "time value": "%%time\nx = 6\nx * 7",
    "time quiet": "%%time\nx = 6\nx * 7;",
    "timeit raises": "%%timeit -n 1 -r 1\nx = 1\nx / 0",
    "timeit cannot read": "%%timeit\nx = 1\nreturn x",
    "timeit sets up": "%%timeit -n 2 -r 1 -q z = 3\nassert z == 3",
    "capture raises": "%%capture\nprint('kept')\n1 / 0",
    "capture": "%%capture kept\nprint('kept')\nx",
    "escape": "import re\nre.findall('\\d', 'a1')",
    "escape in time": "%%time\nx = 1\nlen('\\d')",
    "escape and mistake": "x = '\\d'\nif x",
    "warning": "import warnings\nwarnings.warn('take care')",
    "script": (
        "from pyodide.code import run_js\ndef f():\n    raise ValueError('inner')\n"
        "run_js('(g) => g()')(f)"
    ),
}
PASTED = {
    ">>> 1 + 1\n2": "2",
    ">>> def f(x):\n...     return x * 2\n...\n>>> print('no Python')\nno Python\n>>> f(4)\n8": "8",
    "   >>> c = 1\n   >>> c\n   1": "1",
    ">>> def g():\n...     '''Do.\n...\n...     >>> g()\n...     '''\n>>> g.__doc__": "'Do.\\n\\n>>> g()\\n'",
    "In [1]: a = 3\n\nIn [2]: for i in range(2):\n   ...:     a += i\n   ...: \n\nIn [3]: a\nOut[3]: 4": "4",
    "In [1]: print('no Python')\nno Python\nIn [2]: 7": "7",
    "    b = 5\n    if b:\n        b += 1\n    b": "6",
    "text = '''\n>>> no\nIn [1]: no\nno?\n'''\ntext": "'\\n>>> no\\nIn [1]: no\\nno?\\n'",
    "...": "Ellipsis",
}
ASKED = {
    "sorted?": "Signature: sorted(iterable, /, *, key=None, reverse=False)\nDocstring:\nReturn a",
    "def h(n: int = 3) -> int:\n    'Double it.'\n    return n * 2\nh?": (
        "Signature: h(n: int = 3) -> int\nDocstring: Double it.\nType: function\n"
    ),
    "h??": "    return n * 2\nType: function\n",
    "?h": "Docstring: Double it.",
    "x = [1]\nx?": "Value: [1]\n",
    "class B:\n    def __init__(self, a, b=2): ...\nB?": "Init signature: B(a, b=2)\n",
    "import asyncio\nasyncio.sleep?": "Signature: sleep(delay, result=None)",
    "nothing.here?": "Object `nothing.here` not found.",
    "%timeit?": "`%timeit` is a command of notebooks",
}
HELPS = {
    "import aysncio": "`aysncio` is not shipped with this book. Did you mean `asyncio`?",
    "from sqlalchmey import text": "Did you mean `sqlalchemy`?",
    "import asyncio.taskss": "`asyncio` is here, but there is no `asyncio.taskss` in it.",
    "import numpy": "A notebook can use it if it is installed there.",
    "raise ModuleNotFoundError('x')": "",
    "if 1:\n\tx = 1\n    y = 2": "Some lines are indented with tabs and others with spaces.",
    "if 1:\n        if 2:\n\t    x = 1": "Some lines are indented with tabs",
    "if 1:\n    x = 1\n  y = 2": "",
}


def traceback_of(outputs):
    return next(each[1]["traceback"] for each in outputs if each[0] == "error")


@pytest.mark.parametrize(
    ("name", "end"),
    {
        "time raises": "Cell 0, line 4, in <module>\n    x / 0\n    ~~^~~\nZeroDivisionError: ",
        "time cannot read": "  Cell 1, line 3\n    if x\n        ^\nSyntaxError: ",
        "time line": "Cell 2, line 2, in <module>\n    %time 1 / 0\n          ~~^~~\nZeroDiv",
        "timeit raises": "Cell 5, line 3, in inner\n    x / 0\n    ~~^~~\nZeroDivisionError: ",
        "timeit cannot read": "  Cell 6, line 3\n    return x\n    ^^^^^^^^\nSyntaxError: ",
        "capture raises": "Cell 8, line 3, in <module>\n    1 / 0\n    ~~^~~\nZeroDivisionError: ",
    }.items(),
)
def test_a_mistake_in_a_magics_code_is_shown_where_the_reader_made_it(mended, name, end):
    said = traceback_of(mended[name])
    assert end in said, said
    assert "During handling" not in said
    if not name.startswith("timeit"):
        assert said.count("Cell") == 1


def test_a_timed_cell_shows_its_last_value(mended):
    assert shown(mended["time value"]) == ["42"]
    assert "Wall time" in str(mended["time value"][0])
    assert shown(mended["time quiet"]) == []
    assert mended["timeit sets up"] == mended["capture"] == []


@pytest.mark.parametrize(
    ("name", "line"), {"escape": 2, "escape in time": 3, "escape and mistake": 1}.items()
)
def test_an_invalid_escape_is_warned_of_once_with_its_place(mended, name, line):
    said = "".join(each[2] for each in mended[name] if each[:2] == ["stream", "stderr"])
    assert said.count("SyntaxWarning") == 1, said
    number = list(MENDED).index(name)
    assert said.startswith(f"Cell {number}, line {line}: SyntaxWarning: "), said


def test_a_warning_names_the_cell_as_a_traceback_does(mended):
    assert mended["warning"] == [
        [
            "stream",
            "stderr",
            "Cell 13, line 2: UserWarning: take care\n  warnings.warn('take care')\n",
        ]
    ]


def test_a_traceback_has_no_frames_of_the_pages_scripts(mended):
    said = traceback_of(mended["script"])
    assert [line.split(",")[0].strip() for line in said.split("\n") if ", in " in line] == [
        "Cell 14"
    ] * 2
    assert "js" not in said.replace("run_js", "")


@pytest.fixture(scope="session")
def told(live):
    """What the cells that are pasted, ask or fail show, by their sources."""
    cells = [*PASTED, *ASKED, *HELPS]
    return {cell: each["outputs"] for cell, each in zip(cells, results(*cells), strict=True)}


@pytest.mark.parametrize("cell", PASTED)
def test_pasted_code_loses_its_prompts_and_its_indent(told, cell):
    assert shown(told[cell]) == [PASTED[cell]]


def test_pasted_code_keeps_its_line_numbers(live):
    cells = results("\n>>> x = 1\n1\n>>> if x:\n...     x / 0", "    x = 1\n    x / 0")
    assert "Cell 0, line 5, in <module>\n    x / 0\n    ~~^~~\n" in traceback_of(
        cells[0]["outputs"]
    )
    assert "Cell 1, line 2, in <module>\n    x / 0\n    ~~^~~\n" in traceback_of(
        cells[1]["outputs"]
    )


def test_the_body_of_a_cell_magic_is_not_touched(live):
    body = ">>> a\n  b\nIn [1]: c\nd?\n"
    cells = results(f"%%writefile kept.txt\n{body}", "open('kept.txt').read()")
    assert shown(cells[1]["outputs"]) == [repr(body)]


@pytest.mark.parametrize("cell", ASKED)
def test_a_question_mark_tells_about_an_object(told, cell):
    said = "".join(each[2] for each in told[cell] if each[0] == "stream")
    assert ASKED[cell] in said


@pytest.mark.parametrize("cell", HELPS)
def test_help_says_what_is_true(told, cell):
    said = told[cell][-1][1]["help"]
    assert HELPS[cell] in said if HELPS[cell] else not said


def test_names_near_to_what_the_book_ships_are_offered(live):
    cells = results("import fastpai", "def f(x): return sorted([x], key=f)\nf(1)")
    assert "Did you mean `fastapi`?" in cells[0]["outputs"][-1][1]["help"]
    assert "A tab has less room" in cells[1]["outputs"][-1][1]["help"]
