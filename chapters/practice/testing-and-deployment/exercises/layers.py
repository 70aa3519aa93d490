# %% [check]
"""A Dockerfile whose dependencies are built again only when the lock changes."""

import re

from seethrough.exercises import Work
from seethrough.imagelayers import Instruction, parse, rebuilt

CONTEXT = {
    "pyproject.toml": b"[project]",
    "uv.lock": b"version = 1",
    "src/shop/main.py": b"print('shop')",
    "tests/test_shop.py": b"def test(): ...",
}


def installs(dockerfile: str, changed: str) -> list[Instruction]:
    again = rebuilt(dockerfile, CONTEXT, changed)
    return [each for each in again if each.keyword == "RUN" and "uv sync" in each.words]


def check(work: Work) -> str:
    dockerfile = work.get("DOCKERFILE", str)
    found = parse(dockerfile)
    syncs = [each for each in found if each.keyword == "RUN" and "uv sync" in each.words]
    work.require(syncs, "no `RUN` installs anything with `uv sync`.")
    first = next((each for each in syncs if "--no-install-project" in each.words), syncs[0])
    cached(work, dockerfile, first)
    secrets(work, found)
    process(work, found)
    return "A changed source keeps the dependencies; no secret, no root, no shell in between."


def cached(work: Work, dockerfile: str, first: Instruction) -> None:
    for changed in ("src/shop/main.py", "tests/test_shop.py"):
        lines = [each.line for each in installs(dockerfile, changed)]
        work.require(
            first.line not in lines,
            f"after a change of `{changed}` the dependencies are installed again: line "
            f"{first.line}, "
            f"`{first.short[:50]}`.",
        )
    work.require(
        first.line in [each.line for each in installs(dockerfile, "uv.lock")],
        f"`uv.lock` changed, and line {first.line} came from the cache, with the old dependencies. "
        "The instruction does not read the lock.",
    )
    work.require(
        rebuilt(dockerfile, CONTEXT, "src/shop/main.py"),
        "the source changed, and nothing was built again: it is not in the image.",
    )


def secrets(work: Work, found: tuple[Instruction, ...]) -> None:
    for each in found:
        if each.keyword in {"ENV", "ARG"} and re.search(r"SECRET|PASSWORD|TOKEN", each.words):
            work.fail(f"line {each.line} writes a secret into the image: `{each.short[:40]}`.")


def process(work: Work, found: tuple[Instruction, ...]) -> None:
    last = found[-1].stage
    users = [each for each in found if each.keyword == "USER" and each.stage == last]
    work.require(users, "no `USER` in the last stage: the process runs as root.")
    work.require(
        users[-1].words not in {"root", "0"}, "the last `USER` is root: the process runs as root."
    )
    commands = [each for each in found if each.keyword == "CMD"]
    work.require(commands, "there is no `CMD`: the image does not know what to run.")
    work.require(
        commands[-1].words.startswith("["),
        f"`CMD {commands[-1].words}` starts a shell, and the SIGTERM goes to that shell.",
    )


# %% [hint]
# Order: what changes seldom comes first. `uv sync` needs two files to install the dependencies; which?

# %% [hint]
# `COPY pyproject.toml uv.lock ./`, then `RUN uv sync --locked --no-dev --no-install-project`, and only then
# `COPY src ./src` and a second `uv sync`.

# %% [hint]
# Take the `ENV` with the secret out (it comes from the environment at run time), add `USER 10001`, and write
# the command as a list: `CMD ["python", "-m", "shop"]`.

# %% [solution]
DOCKERFILE = """
FROM ghcr.io/astral-sh/uv:0.13.9-python3.13-trixie-slim
WORKDIR /app
COPY pyproject.toml uv.lock ./
RUN uv sync --locked --no-dev --no-install-project
COPY src ./src
RUN uv sync --locked --no-dev
USER 10001
CMD [".venv/bin/python", "-m", "shop"]
"""


# %% [mistake] all-at-once
# says: after a change of `src/shop/main.py` the dependencies are installed again
DOCKERFILE = """
FROM ghcr.io/astral-sh/uv:0.13.9-python3.13-trixie-slim
WORKDIR /app
COPY . .
RUN uv sync --locked --no-dev --no-install-project
RUN uv sync --locked --no-dev
USER 10001
CMD [".venv/bin/python", "-m", "shop"]
"""

# %% [mistake] no-lock
# says: The instruction does not read the lock
DOCKERFILE = """
FROM ghcr.io/astral-sh/uv:0.13.9-python3.13-trixie-slim
WORKDIR /app
COPY pyproject.toml ./
RUN uv sync --no-dev --no-install-project
COPY . .
RUN uv sync --no-dev
USER 10001
CMD [".venv/bin/python", "-m", "shop"]
"""

# %% [mistake] secret-stays
# says: writes a secret into the image
DOCKERFILE = """
FROM ghcr.io/astral-sh/uv:0.13.9-python3.13-trixie-slim
WORKDIR /app
ENV SHOP_SECRET=hunter2
COPY pyproject.toml uv.lock ./
RUN uv sync --locked --no-dev --no-install-project
COPY src ./src
RUN uv sync --locked --no-dev
USER 10001
CMD [".venv/bin/python", "-m", "shop"]
"""

# %% [mistake] shell-form
# says: the SIGTERM goes to that shell
DOCKERFILE = """
FROM ghcr.io/astral-sh/uv:0.13.9-python3.13-trixie-slim
WORKDIR /app
COPY pyproject.toml uv.lock ./
RUN uv sync --locked --no-dev --no-install-project
COPY src ./src
RUN uv sync --locked --no-dev
USER 10001
CMD .venv/bin/python -m shop
"""

# %% [mistake] root
# says: the process runs as root
DOCKERFILE = """
FROM ghcr.io/astral-sh/uv:0.13.9-python3.13-trixie-slim
WORKDIR /app
COPY pyproject.toml uv.lock ./
RUN uv sync --locked --no-dev --no-install-project
COPY src ./src
RUN uv sync --locked --no-dev
CMD [".venv/bin/python", "-m", "shop"]
"""
