"""How the live layer is made, and what happens where it cannot be."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from live_reader import CONF, FRONT, PAGES

from bookext.live.build import CannotBuildError, Maker, page_bundles

ROOT = Path(__file__).parents[2]


def test_a_second_build_does_nothing(live):
    before = (live.dist / "live.js").stat().st_mtime_ns
    said = []
    Maker(live.root, live.work, said.append).make()
    assert said == []
    assert (live.dist / "live.js").stat().st_mtime_ns == before


def test_what_a_page_imports_is_fetched_with_what_that_needs(live):
    manifest = json.loads((live.dist / "manifest.json").read_text())
    assert page_bundles(manifest, "database", {"fastapi", "os"}) == ["fastapi", "pydantic", "http"]
    assert page_bundles(manifest, "descriptors", {"seethrough"}) == [
        "course",
        "chapter-descriptors",
    ]


def test_the_stages_of_the_service_come_with_their_hidden_files(live):
    manifest = json.loads((live.dist / "manifest.json").read_text())
    bundle = live.dist / manifest["files"][manifest["groups"]["todo"]["file"]]
    names = set(zipfile.ZipFile(bundle).namelist())
    assert {"todo/planted_bugs.toml", "todo/steps/6/.dockerignore"} <= names
    assert not any("_cache" in name or ".venv" in name for name in names)


def test_no_file_of_the_layer_names_another_host_to_fetch_from(live):
    # Pyodide's loader holds one, for who gives it no lock file; `start` does, and tests in
    # browsers see which hosts are asked.
    own_default = re.compile(r"https://cdn\.jsdelivr\.net/pyodide/v\$\{\w+\}/full/")
    for path in (live.dist / "live.js", *live.dist.glob("worker-*.js"), live.dist / "sw.js"):
        text = own_default.sub("", path.read_text(), count=1)
        assert "cdn." not in text
        assert "https://" not in text.replace("https://github.com", "")


def test_without_registries_it_says_why(tmp_path, monkeypatch):
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    monkeypatch.setenv("npm_config_prefer_online", "true")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    maker = Maker(ROOT, tmp_path / "live", lambda _: None)
    (tmp_path / "live").mkdir()
    node = ROOT / "_build/live/node"
    if not node.is_dir():
        pytest.skip("node is not here yet")
    (tmp_path / "live/node").symlink_to(node)
    with pytest.raises(CannotBuildError, match="node failed"):
        maker.make()


def test_a_static_book_is_whole(tmp_path):
    (tmp_path / "conf.py").write_text(CONF)
    (tmp_path / "index.md").write_text(f"{FRONT}# Cells\n\n" + "\n".join(PAGES["cells"]))
    out = tmp_path / "html"
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-W", "-b", "html", str(tmp_path), str(out)],
        cwd=ROOT,
        env={**os.environ, "COURSE_LIVE": "0"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    page = (out / "index.html").read_text()
    assert "live.js" not in page
    assert page.count('data-cell-state="recorded"') == len(PAGES["cells"])
    assert "starts a process" in page
    assert not (out / "_static/live").exists()
