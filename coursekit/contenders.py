"""The same six cells as a page of this book, as a notebook of JupyterLite, as a page of PyScript.

JupyterLite and PyScript come from PyPI and npm and are kept under `_build/bench`. Their Pyodide is
the npm package, with the wheels that its lock file names from PyPI.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import yaml

from coursekit.live import maker
from coursekit.places import BUILD, ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

BENCH = BUILD / "bench"
JUPYTERLITE = ("jupyterlite-core==0.8.6", "jupyterlite-pyodide-kernel==0.8.6", "jupyter-server")
PYSCRIPT = "@pyscript/core@0.7.31"
# What JupyterLite's kernel asks for at start, and all that these need.
_KERNEL_WANTS = ("micropip", "ipython", "jedi")

CELLS = (
    'print("fir" + "st")',
    """\
from dataclasses import dataclass

@dataclass
class Item:
    name: str
    price: int

basket = [Item("pear", 40), Item("plum", 25)]
basket""",
    """\
import json

json.dumps({item.name: item.price for item in basket})""",
    """\
import asyncio

async def price_of(item: Item) -> int:
    await asyncio.sleep(0)
    return item.price

sum(await asyncio.gather(*map(price_of, basket)))""",
    """\
class Bars:
    def _repr_svg_(self) -> str:
        bars = (
            f'<rect y="{12 * row}" width="{item.price}" height="10"/>'
            for row, item in enumerate(basket)
        )
        return f'<svg xmlns="http://www.w3.org/2000/svg" height="24">{"".join(bars)}</svg>'

Bars()""",
    "basket[2]",
)

_FRONT = """\
---
jupytext: {text_representation: {extension: .md, format_name: myst}}
kernelspec: {display_name: Python 3, language: python, name: python3}
---
"""


@dataclass(frozen=True)
class Contender:
    """A way to run cells in a browser.

    Attributes:
        name: as the table calls it.
        folder: what a server has to serve.
        path: its page.
        press: JavaScript that starts the first cell as soon as the page can, asked again and again;
            a second press must do nothing.
        shown: a CSS selector of the place where the output comes.
    """

    name: str
    folder: Path
    path: str
    press: str
    shown: str


def ours(folder: Path, path: str, name: str = "ours") -> Contender:
    """Return a page of this book; its first cell is given the first of the six and run."""
    press = f"""
      if (document.documentElement?.dataset.live !== "ready") return false;
      const cell = document.querySelector(".cell[data-cell='1']");
      const source = {json.dumps(CELLS[0])};
      if (liveCells.source(cell) !== source) liveCells.setSource(cell, source);
      cell.querySelector("button[aria-label='Run cell']").click();
      return true;"""
    return Contender(name, folder, path, press, ".cell[data-cell='1'] .live-output")


def page_of_this_book(say: Callable[[str], None]) -> Contender:
    """Build a book of one page, with the settings and the whole extension of this one."""
    source = BENCH / "six"
    say("building the six cells as a page of this book …")
    shutil.rmtree(source, ignore_errors=True)
    (source / "chapters").mkdir(parents=True)
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    config["execute"] = {"execute_notebooks": "off"}
    config["sphinx"]["local_extensions"] = {"bookext": str(ROOT)}
    (source / "_config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    (source / "_toc.yml").write_text(
        "format: jb-book\nroot: chapters/front\nchapters:\n- file: chapters/six\n"
    )
    cells = "\n\n".join(f"```{{code-cell}} ipython3\n{cell}\n```" for cell in CELLS)
    (source / "chapters/front.md").write_text("# Front\n", encoding="utf-8")
    (source / "chapters/six.md").write_text(f"{_FRONT}# Six cells\n\n{cells}\n", encoding="utf-8")
    program = str(Path(sys.executable).with_name("jupyter-book"))
    _run([program, "build", "--quiet", str(source)], ROOT)
    return ours(source / "_build/html", "chapters/six.html")


def jupyterlite(say: Callable[[str], None]) -> Contender:
    """Build stock JupyterLite with the six cells as a notebook.

    Raises:
        CannotBuildError, subprocess.CalledProcessError: a registry cannot be reached.
    """
    folder, out = BENCH / "jupyterlite", BENCH / "jupyterlite/out"
    if not (out / "notebooks/index.html").is_file():
        say(f"building {JUPYTERLITE[0]} …")
        shutil.rmtree(folder, ignore_errors=True)
        source = folder / "source"
        for place in ("pypi", "files"):
            (source / place).mkdir(parents=True)
        _whole_pyodide(maker().package("pyodide"), source / "static/pyodide")
        settings = {"jupyter-config-data": {"exposeAppInBrowser": True}}  # for `press`
        (source / "jupyter-lite.json").write_text(
            json.dumps({"jupyter-lite-schema-version": 0, **settings})
        )
        _pip("download", "--no-deps", "--dest", str(source / "pypi"), "comm")
        environment = folder / "environment"
        _run([sys.executable, "-m", "venv", str(environment)])
        python = environment / ("Scripts" if sys.platform == "win32" else "bin") / "python"
        _run([str(python), "-m", "pip", "install", "--quiet", *JUPYTERLITE])
        _write_notebook(source / "files/six.ipynb")
        program = str(python.with_name("jupyter-lite"))
        _run([program, "build", "--lite-dir", str(source), "--output-dir", str(out)], folder)
    # A cell that is run before the kernel is there is not run: asked again until it has a star.
    press = """
      const prompt = document.querySelector(".jp-Notebook .jp-InputPrompt")?.textContent.trim();
      if (!prompt) return false;
      if (prompt !== "[ ]:") return true;
      window.jupyterapp?.commands.execute("notebook:run-cell");
      return false;"""
    path = "notebooks/index.html?path=six.ipynb"
    return Contender("JupyterLite", out, path, press, ".jp-Notebook .jp-OutputArea-output")


def _write_notebook(place: Path) -> None:
    cells = [nbformat.v4.new_code_cell(cell, id=f"cell-{at}") for at, cell in enumerate(CELLS, 1)]
    kernel = {"display_name": "Python (Pyodide)", "language": "python", "name": "python"}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(notebook, place)


def _whole_pyodide(package: Path, target: Path) -> None:
    """Complete the npm package with the wheels that JupyterLite's kernel asks for."""
    shutil.copytree(package, target)
    lock = json.loads((target / "pyodide-lock.json").read_text(encoding="utf-8"))
    packages: dict[str, Any] = lock["packages"]
    wanted = [*_KERNEL_WANTS]
    for name in wanted:
        entry = packages[name]
        needs = (each.replace("_", "-") for each in entry["depends"])
        wanted += [each for each in needs if each not in wanted]
        _pip("download", "--no-deps", "--only-binary=:all:", "--dest", str(target),
             f"{entry['name']}=={entry['version']}")  # fmt: skip
        wheel = target / entry["file_name"]
        entry["sha256"] = hashlib.sha256(wheel.read_bytes()).hexdigest()
    (target / "pyodide-lock.json").write_text(json.dumps(lock), encoding="utf-8")


def pyscript(say: Callable[[str], None]) -> Contender:
    """Fetch PyScript and write the six cells as editors over one interpreter.

    Raises:
        CannotBuildError: a registry cannot be reached.
    """
    folder = BENCH / "pyscript"
    if not (folder / "six.html").is_file():
        say(f"fetching {PYSCRIPT} …")
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "npm").mkdir(parents=True)
        (folder / "npm/package.json").write_text('{"private": true}')
        maker().npm("install", PYSCRIPT, folder=folder / "npm")
        shutil.copytree(folder / "npm/node_modules/@pyscript/core/dist", folder / "pyscript")
        shutil.copytree(maker().package("pyodide"), folder / "pyodide")
        config = json.dumps({"interpreter": "/pyodide/pyodide.mjs"})
        first, *others = CELLS
        editor = '<script type="py-editor" env="one"{}>{}</script>\n'
        (folder / "six.html").write_text(
            '<!doctype html><meta charset="utf-8"><title>Six cells</title>\n'
            '<link rel="stylesheet" href="pyscript/core.css">\n'
            '<script type="module" src="pyscript/core.js"></script>\n<body>\n'
            + editor.format(f" config='{config}'", first)
            + "".join(editor.format("", cell) for cell in others),
            encoding="utf-8",
        )
    press = """
      const button = document.querySelector(".py-editor-run-button");
      button?.click();
      return Boolean(button);"""
    return Contender("PyScript", folder, "six.html", press, ".py-editor-output")


def _pip(*arguments: str) -> None:
    _run([sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments])


def _run(command: list[str], folder: Path | None = None) -> None:
    subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
