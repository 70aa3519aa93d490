"""Fixtures for every test; the plugin that validates chapters is `coursekit.collector`."""

from __future__ import annotations

import pytest

import coursekit  # noqa: F401 - first of all: it makes nbformat import fast
from coursekit.browser import CHROMIUM_FLAGS, find_chromium


@pytest.fixture(scope="module")
def browser():
    """A real browser that is on the machine; closed with its module, since it holds a loop."""
    executable = find_chromium()
    if executable is None:
        pytest.skip("no Chromium on this machine: the pages were not read in a browser")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=executable, args=[*CHROMIUM_FLAGS])
        yield running
        running.close()
