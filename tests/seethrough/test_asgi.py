"""Does an application find in the scope what the request said?"""

from __future__ import annotations

from starlette.requests import Request

from seethrough.asgi import http_scope


def test_does_a_framework_read_the_request_back():
    scope = http_scope(
        "GET",
        "/todos?done=true",
        [(b"host", b"shop"), (b"accept", b"*/*")],
        server=("shop", 80),
        spec_version="2.3",
    )
    request = Request(scope)
    assert str(request.url) == "http://shop/todos?done=true"
    assert (request.method, request.headers["accept"]) == ("GET", "*/*")


def test_is_the_query_no_part_of_the_path():
    scope = http_scope("GET", "/a?b=/c", [], server=("shop", 80), spec_version="2.4")
    assert (scope["path"], scope["raw_path"], scope["query_string"]) == ("/a", b"/a", b"b=/c")
    assert scope["asgi"] == {"version": "3.0", "spec_version": "2.4"}


def test_is_the_path_decoded_and_its_raw_form_kept():
    scope = http_scope("GET", "/a%20b", [], server=("shop", 80), spec_version="2.4")
    assert (scope["path"], scope["raw_path"]) == ("/a b", b"/a%20b")
