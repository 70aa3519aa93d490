# %% [check]
"""Find the route of a request as Starlette does."""

from seethrough.exercises import Work

ROUTES = [
    ("GET", "/todos", "list"),
    ("POST", "/todos", "add"),
    ("GET", "/todos/{todo_id}", "read"),
    ("GET", "/todos/urgent", "urgent"),
    ("DELETE", "/todos/{todo_id}/tags/{tag}", "untag"),
]


def check(work: Work) -> str:
    find = work.get("find")
    for method, path, wanted in (
        ("GET", "/todos", (200, "list", {})),
        ("POST", "/todos", (200, "add", {})),
        ("GET", "/todos/7", (200, "read", {"todo_id": "7"})),
        ("GET", "/todos/urgent", (200, "read", {"todo_id": "urgent"})),
        ("DELETE", "/todos/7/tags/home", (200, "untag", {"todo_id": "7", "tag": "home"})),
        ("GET", "/nowhere", (404, "", {})),
        ("GET", "/todos/", (404, "", {})),
        ("GET", "/todos/7/tags", (404, "", {})),
        ("PUT", "/todos", (405, "", {})),
        ("DELETE", "/todos/7", (405, "", {})),
    ):
        work.equal(find(ROUTES, method, path), wanted, f"find(routes, {method!r}, {path!r})")
    return "First full match wins, and 405 is a path without its method."


# %% [hint]
# Split template and path at `/`. A part in braces matches any one part that is not empty; another
# part matches itself.

# %% [hint]
# A route whose path matches and whose method does not is no result yet: go on, and remember that
# it was there.

# %% [hint]
# `zip(template_parts, path_parts, strict=True)` raises for different lengths: compare the lengths
# first. After the loop, the remembered match decides between 405 and 404.

# %% [solution]
def match(template: str, path: str) -> dict[str, str] | None:
    """Return the parameters of a path, or nothing if it does not match."""
    wanted, given = template.split("/"), path.split("/")
    if len(wanted) != len(given):
        return None
    found: dict[str, str] = {}
    for part, value in zip(wanted, given, strict=True):
        if part.startswith("{") and value:
            found[part[1:-1]] = value
        elif part != value:
            return None
    return found


def find(
    routes: list[tuple[str, str, str]], method: str, path: str
) -> tuple[int, str, dict[str, str]]:
    """Find the first route that matches in full."""
    status = 404
    for verb, template, name in routes:
        parameters = match(template, path)
        if parameters is None:
            continue
        if verb == method:
            return 200, name, parameters
        status = 405
    return status, "", {}


# %% [mistake] stops-at-a-partial-match
# says: find(routes, 'POST', '/todos')
def match(template, path):
    wanted, given = template.split("/"), path.split("/")
    if len(wanted) != len(given):
        return None
    found = {}
    for part, value in zip(wanted, given, strict=True):
        if part.startswith("{") and value:
            found[part[1:-1]] = value
        elif part != value:
            return None
    return found


def find(routes, method, path):
    for verb, template, name in routes:
        parameters = match(template, path)
        if parameters is not None:
            return (200, name, parameters) if verb == method else (405, "", {})
    return 404, "", {}


# %% [mistake] empty-parameter
# says: find(routes, 'GET', '/todos/')
def match(template, path):
    wanted, given = template.split("/"), path.split("/")
    if len(wanted) != len(given):
        return None
    found = {}
    for part, value in zip(wanted, given, strict=True):
        if part.startswith("{"):
            found[part[1:-1]] = value
        elif part != value:
            return None
    return found


def find(routes, method, path):
    status = 404
    for verb, template, name in routes:
        parameters = match(template, path)
        if parameters is not None and verb == method:
            return 200, name, parameters
        if parameters is not None:
            status = 405
    return status, "", {}


# %% [mistake] prefix-only
# says: find(routes, 'GET', '/todos/7')
def find(routes, method, path):
    status = 404
    for verb, template, name in routes:
        if path.startswith(template.partition("{")[0]):
            if verb == method:
                return 200, name, {}
            status = 405
    return status, "", {}
