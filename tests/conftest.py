"""Fixtures for every test; the plugin that validates chapters is `coursekit.collector`."""

from __future__ import annotations

import coursekit  # noqa: F401 - first of all: it makes nbformat import fast
