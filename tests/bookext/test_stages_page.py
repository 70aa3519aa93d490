"""Can a reader take a stage home, and read its OpenAPI in the page?"""

import io
import re
import subprocess
import sys
import zipfile
from importlib.resources import files

import pytest
from small_book import CONF, FRONT, ROOT, build

from bookext.stages import start_commands, swagger
from coursekit.server import serving
from seethrough.stages import archive, numbers, show
from seethrough.stages import files as files_of

PAGE = "chapters/practice/start.html"
INDEX = "# Small\n\n```{toctree}\nchapters/practice/start\nchapters/practice/plain\n```\n"
START = "# Start\n\n```{download-stage} 1\n```\n\n" + "A paragraph.\n\n" * 60
START += "```{swagger-ui} 4\n```\n"


def lay_out(folder, start=START):
    sources = {
        "conf.py": CONF.replace('"bookext.glossary"', '"bookext.stages"')
        + "html_css_files = ['colours.css']\nhtml_static_path = ['own']\n",
        "own/colours.css": ":root { --ink: #111; --page: #fff; --raised: #eee; --quiet: #555; }\n"
        "html[data-theme=dark] { --ink: #ddd; --page: #151515; --raised: #222; --quiet: #aaa; }\n"
        "html[data-theme] body { background: var(--page); }\n"
        "html[data-theme] :is(div, p, a, pre, code) { color: var(--ink); background: none; }\n",
        "index.md": INDEX,
        "chapters/practice/plain.md": "# Plain\n\nNothing.\n",
        "chapters/practice/start.md": FRONT + start,
    }
    for name, text in sources.items():
        path = folder / "source" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def static(tmp_path_factory):
    """A book built without the npm registry."""
    folder = lay_out(tmp_path_factory.mktemp("static"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_LIVE", "0")
        out, said = build(folder, "html", "-W", "-n", "--keep-going")
    assert said == ""
    return out


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """A book with Swagger UI; without the npm registry its tests are skipped."""
    folder = lay_out(tmp_path_factory.mktemp("book"))
    out, said = build(folder, "html", "-W", "-n", "--keep-going")
    assert said == ""
    if not (out / "_static/stages/swagger-ui").is_dir():
        pytest.skip("the npm registry cannot be reached: Swagger UI was not rendered")
    return out


def read(book, page=PAGE):
    return (book / page).read_text(encoding="utf-8")


def test_does_the_link_lead_to_the_project(static):
    link = re.search(r'href="([^"]*todo-stage-1\.zip)"', read(static))[1]
    shipped = (static / PAGE).parent.joinpath(link).read_bytes()
    assert shipped == archive(1)
    with zipfile.ZipFile(io.BytesIO(shipped)) as opened:
        assert "todo-stage-1/main.py" in opened.namelist()
    assert f"({len(files_of(1))} files, {len(shipped) / 1000:.0f} kB)" in read(static)


def test_has_every_stage_an_archive_of_a_fixed_name(static):
    found = sorted(path.name for path in (static / "_static/stages").glob("*.zip"))
    assert found == [f"todo-stage-{number}.zip" for number in numbers()]


@pytest.mark.parametrize("number", numbers())
def test_do_the_commands_start_the_stage(number):
    commands = start_commands(number)
    assert commands[:2] == ["uv sync", "uv run pytest"]
    assert commands[-1] == "uv run fastapi dev"
    assert ("uv run alembic upgrade head" in commands) is (number >= 3)


def test_is_the_table_whole_without_the_registry(static):
    html = read(static)
    assert "built without Swagger UI" in html
    assert "swagger.js" not in html
    table = re.sub(r"<[^>]+>", " ", html.partition('class="st-swagger"')[2])
    assert re.search(r"GET\s+/todos\s+List todos\s+200", table)
    assert re.search(r"POST\s+/auth/token\s", table)
    assert "/auth/token" in re.sub(r"<[^>]+>", "", html)


def test_loads_a_page_without_a_stage_nothing_of_it(static):
    assert "stages/" not in read(static, "chapters/practice/plain.html")


@pytest.mark.parametrize("builder", ["singlehtml", "text", "epub"])
def test_do_other_formats_say_where_the_project_is(static, builder):
    out, said = build(static.parents[1], builder, "-W", "--keep-going")
    assert said == ""
    name = {"singlehtml": "index.html", "text": "chapters/practice/start.txt"}.get(
        builder, "chapters/practice/start.xhtml"
    )
    text = re.sub(r"<[^>]+>", "", read(out, name))
    assert "_static/stages/todo-stage-1.zip" in text
    assert "uv run fastapi dev" in text
    assert "/todos/{todo_id}" in text
    assert "Show Swagger UI" not in text


@pytest.mark.parametrize("named", ["9", "first"])
def test_ends_an_unknown_stage_the_build(tmp_path, named):
    lay_out(tmp_path, f"# Start\n\n```{{download-stage}} {named}\n```\n")
    command = [sys.executable, "-m", "sphinx", "-q", str(tmp_path / "source"), str(tmp_path / "o")]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode != 0
    assert re.search(rf"start\.md:[78]: download-stage {named}; there are 1 to", done.stderr)


def test_takes_the_sheet_its_greys_from_the_page():
    sheet = ".a{color:#3b4151;background:#fff}.btn{color:#fff}.b{border:1px solid #d8dde7}"
    assert swagger.themed(sheet) == (
        ".a{color:var(--ink,#3b4151);background:var(--page,#fff)}.btn{color:#fff}"
        ".b{border:1px solid var(--line,#d8dde7)}"
    )
    assert swagger.themed(".x{color:#49cc90}") == ".x{color:#49cc90}"


# ---------------------------------------------------------------- in a browser


@pytest.fixture(scope="module")
def address(book):
    """Where the book is served, as a host would."""
    with serving(book) as served:
        yield served


def opened(browser, book, **options):
    """Open the page as from disk; return it with the list of what it asks for."""
    page = browser.new_context(**options).new_page()
    page.asked, page.said = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.goto((book / PAGE).as_uri())
    return page


def violations(page, scope):
    page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8"))
    found = page.evaluate("scope => axe.run(scope, {resultTypes: ['violations']})", scope)
    return [
        f"{one['impact']}: {one['id']} at {node['target']}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_shuts_the_box_nobody_out(browser, static, theme):
    page = opened(browser, static)
    page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
    page.evaluate(  # the theme's colours of code are another test's
        "document.querySelectorAll('pre').forEach(code => { code.textContent = code.textContent; })"
    )
    assert violations(page, ".st-stage") == []
    page.context.close()


@pytest.mark.parametrize(
    ("number", "path", "says"),
    [
        (3, "src/todo/db.py", "new file"),
        (3, "src/todo/routers/todos.py", "lines changed"),
        (3, "src/todo/clock.py", "unchanged"),
    ],
)
def test_a_listing_says_what_the_stage_did_to_it(number, path, says):
    assert f"{says}</div>" in show(number, path)._repr_html_()


def test_has_each_changed_line_of_a_listing_a_line_of_its_own(browser, static):
    page = opened(browser, static, viewport={"width": 800, "height": 700})
    listing = show(3, "src/todo/routers/todos.py", "create_todo")
    page.evaluate("html => { document.querySelector('p').outerHTML = html }", listing._repr_html_())
    tops, left, lines = page.evaluate(
        """() => {
            const boxes = [...document.querySelectorAll(".st-listing .hll")]
                .map(line => line.getBoundingClientRect());
            const code = document.querySelector(".st-listing pre");
            return [
                boxes.map(box => box.top),
                new Set(boxes.map(box => box.left)).size,
                code.getBoundingClientRect().height / boxes[0].height,
            ];
        }"""
    )
    assert len(listing.lit) > 2
    assert len(set(tops)) == len(listing.lit)
    assert left == 1
    assert round(lines) in {len(listing.lines), len(listing.lines) + 1}
    page.context.close()


def test_comes_swagger_ui_only_when_it_is_near(browser, book):
    page = opened(browser, book, viewport={"width": 1000, "height": 700})
    page.wait_for_timeout(300)
    assert not any("swagger-ui" in url for url in page.asked)
    assert page.get_by_role("cell", name="/auth/token").is_visible()
    page.locator(".st-swagger").scroll_into_view_if_needed()
    page.get_by_text("Todo 0.4.0").or_(page.get_by_text("Sign in")).first.wait_for()
    assert all(url.startswith((book.as_uri(), "data:")) for url in page.asked)
    assert page.locator(".st-swagger .opblock").count() > 10
    assert not page.locator(".st-swagger details").first.evaluate("it => it.open")
    page.locator(".st-swagger .opblock-summary-control").first.click()
    assert page.get_by_text("Responses", exact=True).first.is_visible()
    assert page.get_by_role("button", name="Try it out").count() == 0
    assert page.get_by_text("Here is none").is_visible()
    assert page.said == []
    page.context.close()


def test_shows_a_click_it_to_who_saves_data(browser, book):
    page = browser.new_context(viewport={"width": 1000, "height": 9000}).new_page()
    page.add_init_script(
        "Object.defineProperty(navigator, 'connection', {value: {saveData: true}})"
    )
    page.goto((book / PAGE).as_uri())
    page.get_by_role("button", name="Show Swagger UI").click()
    page.locator(".st-swagger .opblock").first.wait_for()
    page.context.close()


def test_can_a_server_be_given_to_it(browser, book, address):
    page = browser.new_page()
    page.goto(f"{address}/{PAGE}")
    page.evaluate(
        """() => {
            window.seen = [];
            const box = document.querySelector(".st-swagger");
            box.send = async (url, request) => {
                window.seen.push(request.method + " " + new URL(url).pathname);
                return new Response('"an answer from the tab"',
                    {status: 200, headers: {"content-type": "application/json"}});
            };
            return box.show();
        }"""
    )
    block = page.locator(".st-swagger .opblock-get").first
    block.locator(".opblock-summary-control").click()
    block.get_by_role("button", name="Try it out").click()
    block.get_by_role("button", name="Execute").click()
    block.get_by_text("an answer from the tab").first.wait_for()
    assert page.evaluate("window.seen") == ["GET /"]
    page.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_can_swagger_ui_be_read_by_everybody(browser, book, theme):
    page = opened(browser, book)
    page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
    page.evaluate("document.querySelector('.st-swagger').show()")
    page.locator(".st-swagger .opblock").first.wait_for()
    page.locator(".st-swagger .opblock-post .opblock-summary-control").first.click()
    page.get_by_text("Responses", exact=True).first.wait_for()
    found = violations(page, ".st-swagger")
    page.context.close()
    assert [one for one in found if one.startswith(("critical", "serious"))] == []


def test_is_the_page_whole_without_javascript(browser, book):
    page = opened(browser, book, java_script_enabled=False)
    assert page.get_by_role("cell", name="/auth/token").is_visible()
    assert not page.get_by_role("button", name="Show Swagger UI").is_visible()
    page.context.close()


def test_asks_it_nothing_of_another_host_when_served(browser, book, address):
    page = browser.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/{PAGE}")
    page.evaluate("document.querySelector('.st-swagger').show()")
    page.locator(".st-swagger .opblock").first.wait_for()
    page.close()
    assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []
    assert any("swagger-ui-bundle.js" in url for url in asked)
