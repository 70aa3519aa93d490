"""Cells that would break a careless page, and what a reader must hear about some of them."""

HOSTILE = {
    "deep recursion": "def again(): return again()\nagain()",
    "endless attribute": "class A:\n    def __getattr__(self, n): return getattr(self, n + 'x')\nA().b",
    "too much memory": "[0] * (2**31)",
    "two gigabytes": "len([0] * 500_000_000)",
    "sys.exit": "import sys\nsys.exit(3)",
    "os._exit": "import os\nos._exit(1)",
    "overwritten builtins": "import builtins\nbuiltins.len = None\ndel builtins.repr",
    "await without builtins": (
        "import asyncio, builtins\nbuiltins.len = builtins.isinstance = None\nawait asyncio.sleep(0.01)"
    ),
    "names taken": "class Out: ...\nIn = _ = get_ipython = display = None",
    "everything deleted": "for n in list(globals()): del globals()[n]",
    "patched json": "import json\njson.dumps = json.loads = None",
    "broken repr": "class A:\n    def __repr__(self): raise ValueError('no')\nA()",
    "repr is no text": "class A:\n    def __repr__(self): return 5\nA()",
    "much output": "for i in range(200_000): print('x' * 50)",
    "markup": "print('<script>alert(1)</script>')",
    "cancelled task": "import asyncio\nt = asyncio.ensure_future(asyncio.sleep(9))\nt.cancel()\nawait t",
    "missing package": "import numpy_that_is_not_there",
    "syntax error": "if True\n    pass",
    "tabs and spaces": "if True:\n\tx = 1\n        y = 2",
    "bytes that are no text": "b'caf\\xe9'.decode()",
    "bytes to the stream": "import sys\nsys.stdout.buffer.write(b'caf\\xe9')",
    "lone surrogate": "print('\\udcff')\n'\\udcff'",
    "nested loop": "import asyncio\nasyncio.run(asyncio.sleep(0))",
    "thread": "import threading\nthreading.Thread(target=print).start()",
    "nothing wakes it": "import asyncio\nawait asyncio.Event().wait()",
    "patched streams": "import sys\nsys.stdout = sys.stderr = None\ndel sys.modules['asyncio']",
    "exception whose str fails": "class E(Exception):\n    def __str__(self): raise KeyError\nraise E",
}
SAYS = {
    "thread": "one thread",
    "missing package": "not shipped",
    "nested loop": "already runs",
    "deep recursion": "called itself",
    "sys.exit": "variables are kept",
    "tabs and spaces": "tabs",
    "nothing wakes it": "The cell waits in line 2.",
}
