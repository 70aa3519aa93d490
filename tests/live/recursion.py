"""Cells that call themselves without end, through Python alone and through C in many ways.

In a tab each must end in `RecursionError`, as it does elsewhere. Where the browser's stack ends
before Python's does, Python itself ends.
"""

RECURSION = {
    "function": "def again(): return again()\nagain()",
    "partial": "import functools\ndef f(*a): return functools.partial(f, 1)()\nf()",
    "cached function": "import functools\n@functools.cache\ndef f(n): return f(n + 1)\nf(1)",
    "map": "def f(x): return list(map(f, [x]))\nf(1)",
    "sort by a key": "def f(x): return sorted([x], key=f)\nf(1)",
    "reduce": "import functools\ndef f(a, b): return functools.reduce(f, [a, b])\nf(1, 2)",
    "substitution": "import re\ndef f(m): return re.sub('a', f, 'a')\nf(None)",
    "generator": "def g(): yield from g()\nlist(g())",
    "coroutine": "async def f(): return await f()\nawait f()",
    "class body": "def f():\n    class A:\n        x = f()\nf()",
    "exec": "code = compile('exec(code)', 'cell', 'exec')\nexec(code)",
    "property": "class A:\n    @property\n    def x(self): return self.x\nA().x",
    "__get__": (
        "class D:\n    def __get__(self, a, owner): return getattr(a, 'x')\n"
        "class A:\n    x = D()\nA().x"
    ),
    "__set__": (
        "class D:\n    def __set__(self, a, v): setattr(a, 'x', v)\nclass A:\n    x = D()\nA().x = 1"
    ),
    "__getattr__": "class A:\n    def __getattr__(self, n): return getattr(self, n + 'x')\nA().b",
    "__call__": "class A:\n    def __call__(self): return self()\nA()()",
    "__new__": "class A:\n    def __new__(cls): return A()\nA()",
    "__init__": "class A:\n    def __init__(self): self.a = A()\nA()",
    "__init_subclass__": (
        "class A:\n    def __init_subclass__(cls): type('B', (A,), {})\nclass B(A): pass"
    ),
    "metaclass": (
        "class M(type):\n    def __call__(cls): return cls()\nclass A(metaclass=M): pass\nA()"
    ),
    "__bool__": "class A:\n    def __bool__(self): return bool(self)\nbool(A())",
    "__hash__": "class A:\n    def __hash__(self): return hash((self,))\nhash(A())",
    "__eq__": "class A:\n    def __eq__(self, o): return [self] == [A()]\nA() == A()",
    "__lt__": "class A:\n    def __lt__(self, o): return sorted([A(), A()])\nsorted([A(), A()])",
    "__repr__": "class A:\n    def __repr__(self): return repr([self, [A()]])\nrepr(A())",
    "json": "import json\nclass A: ...\ndef f(a): return json.dumps(A(), default=f)\nf(A())",
    "nested lists": "import json\nx = []\nfor _ in range(5_000): x = [x]\njson.dumps(x)",
}


def wrong_ends(reader):
    """Say which cells that call themselves end otherwise than they should, or end Python."""
    ends = reader.endings(["kept = 41", *RECURSION.values(), "print(kept + 1)"])
    assert ends[-1] == "42\n"  # the very same Python
    return {
        name: end
        for name, end in zip(RECURSION, ends[1:-1], strict=True)
        if end != "RecursionError"
    }
