"""Firefox, driven by WebDriver BiDi over its own socket: no driver program, no package.

The protocol: https://www.w3.org/TR/webdriver-bidi/. Firefox prints the address on which it listens.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
from contextlib import contextmanager

from live_reader import Visitor
from websockets.sync.client import connect

# Nothing of the browser's own goes out: no updates, no reports, no look whether there is a network.
PREFERENCES = {
    "app.normandy.enabled": False,
    "app.update.enabled": False,
    "browser.newtabpage.enabled": False,
    "browser.region.network.url": "",
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,",
    "toolkit.telemetry.enabled": False,
}
LISTENS = re.compile(r"WebDriver BiDi listening on (ws://\S+)")


# The page's own button, by its words.
PRESS = """(name) => [...document.querySelectorAll(".live-page-bar button")]
  .find((button) => button.textContent === name).click()"""


class Tab:
    """One tab; its methods are called as those of Playwright's page are.

    Attributes:
        asked: the addresses that its pages and their workers asked for.
        said: errors and warnings of its page.
    """

    def __init__(self, socket):
        self.socket, self.numbers = socket, itertools.count(1)
        self.asked, self.said = [], []
        self.realm, self.left = None, set()  # of the page, of those before it
        self.ask("session.new", capabilities={})
        self.ask("session.subscribe", events=["network.beforeRequestSent", "log.entryAdded"])
        self.context = self.ask("browsingContext.getTree")["contexts"][0]["context"]

    def ask(self, method, **params):
        """Send a command and return its result; events that come meanwhile are kept."""
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while (message := json.loads(self.socket.recv(timeout=120))).get("id") != number:
            self._hear(message.get("method"), message.get("params", {}))
        if message["type"] == "error":
            raise RuntimeError(f"{message['error']}: {message['message']}")
        return message["result"]

    def _hear(self, event, params):
        if event == "network.beforeRequestSent":
            self.asked.append(params["request"]["url"])
        elif event == "log.entryAdded" and params["level"] in {"error", "warn"}:
            late = params["source"]["realm"] in self.left  # leaving broke its prefetch off
            self.said += [] if late else [params["text"]]

    def goto(self, address):
        """Leave the page for another."""
        self.left.add(self.realm)
        self.ask("browsingContext.navigate", context=self.context, url=address, wait="complete")

    def evaluate(self, expression, *given):
        """Evaluate JavaScript, or call it with what is given; await it, and return its value."""
        if given:
            expression = f"({expression})(...{json.dumps(given)})"
        result = self.ask(
            "script.evaluate",
            expression=f"(async () => JSON.stringify(await ({expression})))()",
            target={"context": self.context},
            awaitPromise=True,
        )
        self.realm = result["realm"]
        if result["type"] == "exception":
            raise RuntimeError(result["exceptionDetails"]["text"])
        return json.loads(result["result"].get("value", "null"))

    def wait_for_function(self, condition):
        """Wait until a condition holds in the page."""
        self.evaluate(
            f"""new Promise((end) => {{
            const look = () => ({condition}) ? end(true) : setTimeout(look, 100);
            look();
        }})"""
        )


class FirefoxReader(Visitor):
    """Someone at a page in Firefox."""

    def __init__(self, tab, address):
        super().__init__(tab, address)
        self.asked, self.said = tab.asked, tab.said

    def open(self, path):
        self.page.goto(f"{self.address}/{path}")
        self.page.wait_for_function("document.documentElement.dataset.live === 'ready'")

    def press(self, name):
        self.page.evaluate(PRESS, name)


@contextmanager
def firefox(executable, profile):
    """Start Firefox with a profile of its own, and end it."""
    lines = (f"user_pref({json.dumps(n)}, {json.dumps(v)});" for n, v in PREFERENCES.items())
    (profile / "user.js").write_text("\n".join(lines))
    command = [executable, "--headless", "--no-remote", "--profile", str(profile),
               "--remote-debugging-port", "0", "about:blank"]  # fmt: skip
    log = profile / "said.txt"
    with log.open("w") as errors:
        running = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=errors, stderr=errors,
            env={**os.environ, "HOME": str(profile), "MOZ_HEADLESS": "1"},
        )  # fmt: skip
    try:
        with connect(f"{_address(running, log)}/session", max_size=None) as socket:
            yield Tab(socket)
    finally:
        running.terminate()
        try:
            running.wait(20)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()


def _address(running, log):
    for _ in range(600):
        if found := LISTENS.search(log.read_text()):
            return found[1]
        try:
            running.wait(0.2)
        except subprocess.TimeoutExpired:
            continue
        break
    raise RuntimeError(f"Firefox did not start: {log.read_text()[-500:]}")
