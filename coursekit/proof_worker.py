"""Runs what is to be proved, each piece in a fresh copy of one interpreter.

`coursekit.proofs` starts `python -m coursekit.proof_worker` and writes a JSON list of jobs to its
standard input; one JSON line a job comes back. The worker imports what the jobs import, once, and
then forks for each: a copy starts in milliseconds, knows nothing of the others, and may hang, crash
or leave without harm. Where there is no fork, `proofs` starts a worker a job.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import io
import json
import linecache
import os
import select
import signal
import sys
import time
import types
import warnings
from pathlib import Path
from typing import Any, override

from seethrough import exercises
from seethrough.budget import limited

MEMORY = 4 << 30  # bytes of address space that a copy may take
_MOST_OUTPUT = 100_000  # characters kept of what a copy prints


def main() -> None:
    """Do every job of the list on standard input."""
    jobs = json.load(sys.stdin)
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as answers:
        nothing = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nothing, descriptor)
        preload([job["source"] for job in jobs] + [job.get("also", "") for job in jobs])
        for job in jobs:
            result = forked(job) if job["fork"] else perform(job)
            answers.write(json.dumps(result) + "\n")
            answers.flush()
        if not all(job["fork"] for job in jobs):
            os._exit(0)  # no waiting for threads that the job left behind


def preload(sources: list[str]) -> None:
    """Import what the jobs import from the library and the environment, so that copies share it."""
    names = set()
    for source in sources:
        with contextlib.suppress(SyntaxError, ValueError):
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, ast.Import):
                    names |= {alias.name for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    names.add(node.module)
    for name in sorted(names - {"this", "antigravity", "__main__"}):
        with contextlib.suppress(Exception), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            __import__(name)


# ---------------------------------------------------------------- in a copy


def forked(job: dict[str, Any]) -> dict[str, Any]:
    """Do a job in a forked copy, which is ended after the job's time."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _bound_memory()
        try:
            answer = json.dumps(perform(job))
        except BaseException as error:  # an error of the check's file, or of this module
            answer = json.dumps({"kind": "broken", "message": f"{type(error).__name__}: {error}"})
        with os.fdopen(writing, "w", encoding="utf-8") as pipe:
            pipe.write(answer)
        _leave(0)
    os.close(writing)
    text: str | None = None
    try:
        text = _read(reading, job["seconds"])
    finally:
        os.close(reading)
        status = _end(child, patience=1.0 if text == "" else 0.0)
    if text is None:
        return {"kind": "hung", "message": f"it was ended after {job['seconds']:g} seconds"}
    if not text:
        return {"kind": "died", "message": _ending(status)}
    result: dict[str, Any] = json.loads(text)
    return result


_leave = os._exit  # kept before a job can replace it


def _read(descriptor: int, seconds: float) -> str | None:
    """Read until the copy has answered or is gone; None when the time is over."""
    deadline = time.monotonic() + seconds
    chunks = []
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([descriptor], [], [], left)[0]:
            return None
        chunk = os.read(descriptor, 1 << 16)
        if not chunk:
            return b"".join(chunks).decode()
        chunks.append(chunk)


def _end(child: int, patience: float) -> int:
    """End a copy and return its status; with patience, first let it end in its own way."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        gone, status = os.waitpid(child, os.WNOHANG)
        if gone:
            return status
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)  # it is there until waited for
    return os.waitpid(child, 0)[1]


def _ending(status: int) -> str:
    if os.WIFSIGNALED(status):
        return f"the interpreter was ended by {signal.Signals(os.WTERMSIG(status)).name}"
    return f"the interpreter ended itself with exit code {os.waitstatus_to_exitcode(status)}"


def _bound_memory() -> None:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = MEMORY if hard == resource.RLIM_INFINITY else min(MEMORY, hard)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (min(limit, soft) if soft > 0 else limit, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def perform(job: dict[str, Any]) -> dict[str, Any]:
    """Do a job here and now."""
    return {"judge": judge, "output": output}[job["do"]](job)


def judge(job: dict[str, Any]) -> dict[str, Any]:
    """Run a learner's cell as a notebook would, then the exercise's check on what it left.

    A notebook runs its cells inside a running event loop, so that is what the check sees here.
    """
    exercise = exercises.read(Path(job["path"]))
    source = job["source"]
    printed = _Printed()
    raised = ""

    async def notebook() -> exercises.Verdict:
        nonlocal raised
        names = _main_module(source, job["name"])
        try:
            with limited():
                await _run_cell(source, job["name"], names)
        except BaseException as error:
            raised = exercises._stopped(error, exercise)
        return exercises.judge(exercise, {**names, "In": [source]}, source)

    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        verdict = asyncio.new_event_loop().run_until_complete(notebook())
    kind = "passed" if verdict.passed else "stopped" if verdict.stopped else "not yet"
    return {"kind": kind, "message": verdict.message, "raised": raised}


def output(job: dict[str, Any]) -> dict[str, Any]:
    """Run a program and say what it printed."""
    source = job["source"]
    names = _main_module(source, job["name"])
    printed = _Printed()
    raised = ""
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
        try:
            with limited():
                code = _compiled(source, job["name"])
                if code.co_flags & _IS_COROUTINE:
                    asyncio.run(_run_cell(source, job["name"], names))
                else:
                    exec(code, names)
        except BaseException as error:
            raised = exercises._named(error)
    return {"kind": "ran", "message": printed.getvalue(), "raised": raised}


_IS_COROUTINE = 0x0080  # inspect.CO_COROUTINE


def _main_module(source: str, name: str) -> dict[str, Any]:
    """Make a fresh `__main__`, where notebooks and programs live, and return its names."""
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    return module.__dict__


async def _run_cell(source: str, name: str, names: dict[str, Any]) -> None:
    result = eval(_compiled(source, name), names)
    if asyncio.iscoroutine(result):
        await result


def _compiled(source: str, name: str) -> types.CodeType:
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return compile(source, name, "exec", flags=flags, dont_inherit=True)


class _Printed(io.StringIO):
    """Keeps the beginning of what is printed; a loop that prints for ever fills no memory."""

    @override
    def write(self, text: str) -> int:
        """Keep the text while there is room; count it as written."""
        if self.tell() < _MOST_OUTPUT:
            super().write(text)
        return len(text)


if __name__ == "__main__":
    main()
