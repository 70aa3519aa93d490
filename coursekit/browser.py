"""Find a browser that is already on this machine; nothing is downloaded."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_MAC_CHROME = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
_FIREFOX = ("firefox-esr", "firefox")
_MAC_FIREFOX = Path("/Applications/Firefox.app/Contents/MacOS/firefox")

# Chromium's own new pages: with each window it loads two of them, 400 files, for its address bar.
# It heeds only the last list of this kind, so the names after the first two repeat Playwright's.
_WITHOUT = (
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "AimEnabled",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "TcpPortRandomizationWin",
    "ThirdPartyStoragePartitioning",
)

# No sandbox: containers of CI systems run as root. No background traffic of the browser's own.
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join(_WITHOUT)}",
)


def find_chromium() -> str | None:
    """Return the path of Chromium or Chrome, `COURSE_CHROMIUM` first; `None` without one."""
    return _find("COURSE_CHROMIUM", _CHROMIUM, _MAC_CHROME)


def find_firefox() -> str | None:
    """Return the path of Firefox, `COURSE_FIREFOX` first; `None` without one."""
    return _find("COURSE_FIREFOX", _FIREFOX, _MAC_FIREFOX)


def _find(variable: str, names: Iterable[str], mac: Path) -> str | None:
    if named := os.environ.get(variable):
        return named if Path(named).exists() else None
    found = next((path for name in names if (path := shutil.which(name))), None)
    return found or (str(mac) if mac.exists() else None)
