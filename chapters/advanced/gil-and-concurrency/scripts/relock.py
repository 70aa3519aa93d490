# needs: 3.13
"""Import an extension that does not say it can do without the lock."""

import importlib.util
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import warnings
from pathlib import Path

SOURCE = """
#include <Python.h>
static struct PyModuleDef legacy = {PyModuleDef_HEAD_INIT, "legacy", NULL, -1, NULL};
PyMODINIT_FUNC PyInit_legacy(void) { return PyModule_Create(&legacy); }
"""
include, compiler = sysconfig.get_paths()["include"], shutil.which("cc")
if sys._is_gil_enabled() or not compiler or not Path(include, "Python.h").exists():
    sys.exit(77)  # nothing to show here

with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    source, built = Path(folder, "legacy.c"), Path(folder, "legacy.so")
    source.write_text(SOURCE)
    command = [compiler, "-shared", "-fPIC", f"-I{include}", str(source), "-o", str(built)]
    subprocess.run(command, check=True)
    print("before:", sys._is_gil_enabled())
    spec = importlib.util.spec_from_file_location("legacy", built)
    importlib.util.module_from_spec(spec)
    print("after:", sys._is_gil_enabled())
    print(caught[0].category.__name__, str(caught[0].message).split(",")[0])
