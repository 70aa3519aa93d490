"""What is in memory when the reader's Python starts; run once, by the build, inside Pyodide."""

import gc
import importlib
import sys

sys.path.insert(0, "/tmp/tab")
_MODULES = """
    abc annotationlib ast asyncio asyncio.base_events asyncio.runners asyncio.taskgroups
    asyncio.timeouts asyncio.queues base64 bisect builtins calendar collections collections.abc
    concurrent.futures contextlib contextvars copy csv dataclasses datetime decimal difflib dis
    email.message email.parser encodings.ascii encodings.cp437 encodings.idna encodings.latin_1
    encodings.unicode_escape enum fractions functools gc graphlib hashlib heapq hmac html http
    http.client http.cookiejar http.cookies importlib.metadata importlib.util inspect io
    ipaddress itertools json keyword linecache logging math mimetypes numbers operator pathlib
    pickle platform pprint queue random re reprlib secrets shlex shutil signal statistics string
    string.templatelib struct tempfile textwrap threading time timeit tokenize traceback types
    typing unicodedata urllib.parse urllib.request uuid warnings weakref zipfile zipimport
    zoneinfo pyodide.code pyodide.ffi
"""
for _name in _MODULES.split():
    importlib.import_module(_name)

import IPython.display  # noqa: E402, F401
import kernel  # noqa: E402

kernel.prepare()

sys.path.remove("/tmp/tab")
del _name, _MODULES
gc.collect()


def _blank_free_memory() -> None:
    """Overwrite the freed parts of the heap: stale bytes would be shipped to every reader."""
    for size in (1 << 18, 1 << 16, 1 << 14, 1 << 12, 1 << 10, 448):
        held = [bytes(size) for _ in range(max((1 << 20) // size, 2))]
        del held
    gc.collect()


import zipimport  # noqa: E402

zipimport._zip_directory_cache.clear()  # pyrefly: ignore[missing-attribute]
sys.path_importer_cache.clear()
importlib.invalidate_caches()
_blank_free_memory()
del _blank_free_memory
