"""Facts about this copy of the book: its version, its repository, its address on the web."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urlsplit

if TYPE_CHECKING:
    from pathlib import Path

BASE_URL = "COURSE_BASE_URL"  # the address the book will have, e.g. by the workflow for Pages
_SSH = re.compile(r"(?:ssh://)?git@([^:/]+)[:/](.+)")
_BINDER = {"github.com": "gh", "gitlab.com": "gl"}


@cache
def number(root: Path) -> str:
    """Read the version of `pyproject.toml`."""
    settings = root / "pyproject.toml"
    if not settings.is_file():
        return "unknown"
    return str(tomllib.loads(settings.read_text(encoding="utf-8"))["project"]["version"])


@cache
def version(root: Path) -> str:
    """Name the version and, where there is a repository, the commit: `2026.11 (1a2b3c4)`."""
    commit = _git(root, "rev-parse", "--short=7", "HEAD")
    return f"{number(root)} ({commit})" if commit else number(root)


@cache
def repository(root: Path, configured: str) -> str:
    """Find the repository's web address: as configured, the CI job's, or git's `origin`.

    Args:
        root: the folder of the book's source.
        configured: `repository.url` of `_config.yml`; it wins where it is not empty.

    Returns:
        An https address without a trailing slash, or nothing.
    """
    server, name = os.environ.get("GITHUB_SERVER_URL"), os.environ.get("GITHUB_REPOSITORY")
    found = (
        configured
        or (f"{server}/{name}" if server and name else "")
        or _git(root, "config", "--get", "remote.origin.url")
    )
    ssh = _SSH.fullmatch(found)
    if ssh:
        found = f"https://{ssh[1]}/{ssh[2]}"
    found = found.removesuffix(".git").rstrip("/")
    return found if urlsplit(found).scheme == "https" else ""


def feedback_url(repository: str, title: str, source: str, version: str) -> str:
    """Link to a new issue that already names the page and the version."""
    if not repository:
        return ""
    body = f"Page: {source}\nVersion: {version}\n\nWhat is wrong or unclear:\n"
    if "gitlab" in urlsplit(repository).netloc:
        fields = {"issue[title]": f"{title}: ", "issue[description]": body}
        return f"{repository}/-/issues/new?{urlencode(fields, quote_via=quote)}"
    fields = {"title": f"{title}: ", "body": body}
    return f"{repository}/issues/new?{urlencode(fields, quote_via=quote)}"


def binder_url(repository: str, branch: str, source: str) -> str:
    """Link to the page as a notebook on mybinder.org, for the hosts it knows by name."""
    host, _, name = repository.removeprefix("https://").partition("/")
    if host not in _BINDER or not name:
        return ""
    where = quote(name, safe="/" if host == "github.com" else "")
    return (
        f"https://mybinder.org/v2/{_BINDER[host]}/{where}/{quote(branch, safe='')}"
        f"?urlpath=lab/tree/{quote(source)}"
    )


def _git(root: Path, *words: str) -> str:
    """Ask git; nothing where there is no git or no repository."""
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *words], capture_output=True, text=True, check=False
        )
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
