"""The commands of `course.py`. Heavy imports wait until a command needs them."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from coursekit.messages import CourseError

app = typer.Typer(
    name="course.py",
    help="Modern Python: build the book, run it, prove it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
console = Console(stderr=True, highlight=False, soft_wrap=True)

Slugs = Annotated[list[str] | None, typer.Argument(help="Chapters, by slug. None: all.")]


@app.command()
def book(
    *,
    serve: Annotated[bool, typer.Option(help="Serve the book after building it.")] = True,
    port: Annotated[
        int, typer.Option(help="Port on 127.0.0.1; 0 takes that of the last time, or a free one.")
    ] = 0,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the browser.")] = False,
    every_form: Annotated[
        bool, typer.Option("--all", help="Also EPUB, PDF, .ipynb and llms.txt.")
    ] = False,
) -> None:
    """Build the book and serve it on 127.0.0.1."""
    from coursekit import book as html
    from coursekit import server

    _content_must_hold([])
    _build_book()
    if every_form:
        _build_forms()
    console.print(f"The book is in {_shown(html.HTML)}")
    if serve:
        server.serve(html.HTML, port=port, open_browser=open_browser, say=console.print)


@app.command()
def test(
    slugs: Slugs = None,
    *,
    fast: Annotated[bool, typer.Option("--fast", help="What an author needs, in seconds.")] = False,
    services: Annotated[
        bool, typer.Option("--services", help="Also on real PostgreSQL and Redis.")
    ] = False,
    times: Annotated[
        int,
        typer.Option(help="Run the tests of every stage of the service this often; nothing else."),
    ] = 0,
    python: Annotated[
        str, typer.Option(help="Run the chapters on this Python, such as 3.14, and nothing else.")
    ] = "",
) -> None:
    """Run everything that must hold."""
    from coursekit import suite

    if python:
        held = suite.run_on(python, slugs or [], say=console.print)
        raise typer.Exit(0 if held else 1)
    if times:
        held = suite.repeat(times, services=services, say=_said)
        raise typer.Exit(0 if held else 1)
    passed = suite.run(slugs or [], fast=fast, services=services, say=console.print)
    raise typer.Exit(0 if passed else 1)


@app.command()
def serve(
    *,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 takes a free one.")] = 0,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the browser.")] = False,
) -> None:
    """Live preview: rebuild what changed, reload the browser."""
    from coursekit import preview

    preview.run(port=port, open_browser=open_browser)


@app.command()
def refresh(slugs: Slugs = None) -> None:
    """Run chapters twice, rewrite their reference outputs and show the diff."""
    from coursekit import validate

    chapters = validate.find_chapters(slugs or [])
    _content_must_hold(slugs or [])
    ran, unsteady = validate.refresh(chapters)
    if not ran:
        message = "Nothing was rewritten: a cell did not run as its tags say (see above)."
        raise CourseError(message)
    sys.stdout.flush()
    validate.show_reference_diff(chapters)
    if unsteady:
        message = "These cells show something else in every run:\n\n" + "\n\n".join(unsteady)
        raise CourseError(message)


@app.command()
def check(slugs: Slugs = None) -> None:
    """Check the content of chapters, in seconds, without running them."""
    _content_must_hold(slugs or [])
    console.print("The content check found nothing.")


@app.command()
def new(
    what: Annotated[str, typer.Argument(help="chapter or exercise")],
    name: Annotated[str, typer.Argument(help="practice/observability, or descriptors/clamp")],
) -> None:
    """Write a correct skeleton of a chapter or an exercise."""
    from coursekit import scaffold

    for path in scaffold.create(what, name):
        console.print(f"wrote {_shown(path)}")


@app.command()
def notebooks() -> None:
    """Export every chapter as .ipynb with outputs."""
    from coursekit import notebooks as exporting
    from coursekit import validate

    chapters = validate.find_chapters()
    _outputs_must_hold()
    for path in exporting.export(chapters):
        console.print(_shown(path))


@app.command()
def doctor() -> None:
    """Say what is missing on this machine and what to do about it."""
    from coursekit import doctoring

    raise typer.Exit(doctoring.report(console.print))


@app.command()
def bench(
    *,
    live: Annotated[
        bool, typer.Option("--live", help="Live cells against JupyterLite and PyScript.")
    ] = False,
    times: Annotated[int, typer.Option(help="With --live: medians of how many.")] = 10,
) -> None:
    """Compare our single execution with Jupyter Book and nbval, each on their own."""
    if live:
        from coursekit import benchmark_live

        benchmark_live.run(say=console.print, times=times)
        return
    from coursekit import benchmark

    benchmark.run(say=console.print)


@app.command()
def record(
    slug: Annotated[str, typer.Argument(help="A chapter with a matrix.py in its folder.")],
    *,
    python: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="PATH", help="One more interpreter, such as a free-threaded one; repeatable."
        ),
    ] = None,
) -> None:
    """Measure what a chapter compares, under every Python found; write its recorded.json.

    Looks at this Python, the PATH, pyenv and uv, for 3.13 and later, with and without the global
    lock. A recording of an interpreter that is not on this machine is kept.
    """
    from coursekit import record as recording

    recording.record(slug, pythons=python or [], say=console.print)


@app.command()
def lock(
    upgrade: Annotated[bool, typer.Option("--upgrade", help="Take the newest versions.")] = False,
) -> None:
    """Rewrite requirements.txt from requirements.in."""
    from coursekit import locking

    locking.compile_lock(upgrade=upgrade)


def _content_must_hold(slugs: list[str]) -> None:
    from coursekit import content

    problems = content.check(slugs)
    for problem in problems:
        console.print(str(problem), markup=False, soft_wrap=True)
    if problems:
        message = f"The content check found {len(problems)} problem(s)."
        raise CourseError(message)


def _outputs_must_hold() -> None:
    from coursekit import validate

    with console.status("Running the chapters that changed …"):
        held = validate.validate(validate.find_chapters(), fresh=False)
    if not held:
        message = "A chapter does not show what its reference says (see above)."
        raise CourseError(message)


def _build_book() -> None:
    from coursekit import book as html

    if html.is_built():
        return
    _outputs_must_hold()
    with console.status("Building the pages …"):
        html.build()


def _build_forms() -> None:
    from coursekit import forms, validate
    from coursekit import notebooks as exporting

    with console.status("EPUB, PDF, notebooks and llms.txt …"):
        paths = [forms.build_epub(), forms.build_pdf(), *forms.build_llms_txt()]
        paths += exporting.export(validate.find_chapters())
    for path in paths:
        if path is not None:
            console.print(_shown(path))


def _said(text: str) -> None:
    console.print(text, markup=False)


def _shown(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def main() -> None:
    """Run a command; say errors in words."""
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")  # ipykernel's debugger, unused
    try:
        app()
    except CourseError as error:
        console.print(f"course.py: {error}", markup=False, soft_wrap=True)
        sys.exit(1)
    except KeyboardInterrupt:
        console.print("\nstopped")
        sys.exit(130)
