"""Which packages a cell may import in the reader's tab, and how they are bundled.

A bundle is fetched when a cell imports one of its modules. Versions are those of the environment
that builds the book, so that a cell sees the same library in Jupyter and in the tab. Pure Python
comes from that environment; what is compiled comes as a WebAssembly wheel of the same version
(PEP 783) from PyPI.
"""

from __future__ import annotations

from dataclasses import dataclass

# Never useful in a tab: tests, type stubs, scripts, compiled parts for another machine.
_RECORDS = r"(^|/)__pycache__/|\.dist-info/(?!METADATA$|entry_points\.txt$)|^\.\./"
DROP = (
    r"(^|/)(tests?|docs?|examples?)/|(?<!wasm32-emscripten)(?<!/_ffi)\.so$|\.(pyi|pxd|pyx|c|h|pyd|exe|rst)$"
    rf"|(^|/)py\.typed$|{_RECORDS}"
)


@dataclass(frozen=True)
class Group:
    """One bundle.

    Attributes:
        name: how the manifest calls it.
        packages: distributions in it, copied from the environment without compiled parts.
        wheels: distributions in it that need a WebAssembly wheel.
        needs: bundles that it cannot work without.
        drop: a pattern of files that nobody needs in a tab.
        keep: a pattern of modules shipped with their source, since they read it themselves.
        always_drop: what nobody needs of any package.
        edits: what a package's source says that is wrong in this tab: file, old text, new text.
    """

    name: str
    packages: tuple[str, ...] = ()
    wheels: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    drop: str = r"^$"
    keep: str = r"^$"
    always_drop: str = DROP
    edits: tuple[tuple[str, str, str], ...] = ()


GROUPS = (
    Group(
        "pydantic",
        packages=("pydantic", "annotated-types", "typing-extensions", "typing-inspection"),
        wheels=("pydantic-core",),
        drop=r"^pydantic/(v1|mypy\.py|_hypothesis)",
    ),
    Group("settings", packages=("pydantic-settings", "python-dotenv"), needs=("pydantic",)),
    Group(
        "email", packages=("email-validator", "dnspython", "idna"), drop=r"^dns/(rdtypes/CH|quic)"
    ),
    Group(
        "http",
        packages=("httpx2", "httpcore2", "anyio", "h11", "idna", "certifi", "typing-extensions"),
        drop=r"^anyio/(_backends/_trio|pytest_plugin)|^httpx2/_main|\.pem$",
        keep=r"^anyio/__init__\.py$",
    ),
    Group(
        "fastapi",
        packages=(
            "fastapi",
            "starlette",
            "python-multipart",
            "annotated-doc",
            "jinja2",
            "markupsafe",
            "opentelemetry-api",
        ),
        needs=("pydantic", "http"),
        drop=r"^(fastapi/(cli|__main__)|starlette/(wsgi))|^opentelemetry/(baggage|metrics|_logs|_events)/_?x",
        # The loop of its app is in no thread that could go on while it waits: see `tab_http`.
        edits=(
            ("starlette/testclient.py", "wait_futures([app_task])", "portal.wait_for(app_task)"),
            # The models of OpenAPI are made when it is first asked for: two thirds of the import.
            ("fastapi/openapi/models.py", "    import email_validator\n", ""),
            ("fastapi/openapi/models.py", "    assert email_validator  #", "    #"),
            (
                "fastapi/openapi/models.py",
                'model_config = {"extra": "allow"}',
                'model_config = {"extra": "allow", "defer_build": True}',
            ),
            (
                "fastapi/openapi/models.py",
                "Schema.model_rebuild()\nOperation.model_rebuild()\nEncoding.model_rebuild()",
                "",
            ),
        ),
    ),
    Group(
        "sqlalchemy",
        packages=("sqlalchemy", "aiosqlite", "typing-extensions"),
        drop=r"^sqlalchemy/(testing|dialects/(mssql|mysql|oracle)|ext/mypy)/",
        # A tab has one thread. What a connection's thread would do is done at once, in this one.
        edits=(
            (
                "aiosqlite/core.py",
                "from .cursor import Cursor",
                "from .at_once import AtOnce\nfrom .cursor import Cursor",
            ),
            (
                "aiosqlite/core.py",
                "self._tx: _TxQueue = SimpleQueue()",
                "self._tx = AtOnce()",
            ),
            ("aiosqlite/core.py", "        self._thread.start()\n", ""),
        ),
    ),
    Group(
        "alembic",
        packages=("alembic", "mako", "markupsafe"),
        needs=("sqlalchemy",),
        drop=r"^alembic/testing/|^mako/(testing|ext)/",
    ),
    Group(
        "auth",
        packages=("pyjwt", "pwdlib", "argon2-cffi"),
        wheels=("argon2-cffi-bindings",),
        # It refuses several lanes in a tab, for want of threads; one thread computes them in turn.
        edits=(("argon2/_utils.py", "_is_wasm() and params.parallelism != 1", "False"),),
    ),
    Group(
        "pytest",
        packages=("pytest", "pluggy", "iniconfig", "packaging", "pygments"),
        drop=r"^pygments/(lexers/(?!__init__|_mapping|python|diff|special|text)|styles/(?!__init__"
        r"|_mapping|default)|formatters/(?!__init__|_mapping|terminal))",
    ),
    Group("hypothesis", wheels=("hypothesis",), packages=("sortedcontainers",)),
    Group(
        "mypy",
        wheels=("mypy", "librt", "ast-serialize"),
        packages=("mypy-extensions", "pathspec", "typing-extensions"),
        always_drop=_RECORDS + r"|(?<!wasm32-emscripten)\.so$",
        drop=r"^mypy/(xml|test|dmypy|stubgen|stubtest)|^mypyc/(?!__init__)|^mypy/typeshed/stubs/(?!mypy-ext)",
    ),
    # A queue in memory works in a tab. What would talk to Redis can be imported, not connected.
    Group(
        "queue",
        packages=("taskiq", "taskiq-dependencies", "taskiq-redis", "redis", "pycron"),
        needs=("pydantic", "http"),
    ),
    Group("metrics", packages=("prometheus-client",)),
    Group("yaml", packages=("pyyaml",)),
)
