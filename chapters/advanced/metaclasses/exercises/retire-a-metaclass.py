# %% [check]
"""The job of a metaclass, done by `__init_subclass__`."""

import abc
from typing import Any

from seethrough.exercises import Work


def check(work: Work) -> str:
    form: Any = work.get("Form", type)
    field: Any = work.get("Field", type)
    work.require(
        type(form) is type,
        f"`type(Form)` is `{type(form).__name__}`; the metaclass is still there.",
    )
    login = new("Login", form, {"email": field(), "note": "text", "password": field()})
    work.equal(login._fields, ["email", "password"], "Login._fields")
    strict = new("StrictLogin", login, {"code": field()})
    work.equal(
        strict._fields,
        ["email", "password", "code"],
        "StrictLogin._fields, of a Login with one field more",
    )
    work.equal(login._fields, ["email", "password"], "Login._fields, after it got a subclass")
    work.equal(
        new("Sso", login, {})._fields,
        ["email", "password"],
        "Sso._fields, of a Login with nothing more",
    )
    mixed(work, form, field)
    work.require(
        hasattr(form, "_fields"), "`Form` itself has no `_fields` now; it was an empty list."
    )
    work.equal(form._fields, [], "Form._fields")
    beside_abc(work, form, field)
    passes_on(work, form)
    return "Nobody who uses `Form` can tell, except that nothing conflicts any more."


def mixed(work: Work, form: Any, field: Any) -> None:
    class Captcha:
        answer = field()

    both: Any = type("Signup", (Captcha, form), {"name": field()})
    work.equal(
        both._fields, ["answer", "name"], "Signup._fields, with a field in a mixin that is no Form"
    )


def beside_abc(work: Work, form: Any, field: Any) -> None:
    try:
        made: Any = type(abc.ABC)("Upload", (form, abc.ABC), {"file": field()})
    except TypeError as error:
        work.fail(f"`class Upload(Form, abc.ABC)` raised `TypeError: {error}`.")
    work.equal(made._fields, ["file"], "Upload._fields")


def passes_on(work: Work, form: Any) -> None:
    got: dict[str, object] = {}

    class Routed:
        def __init_subclass__(cls, **rest: object) -> None:
            got.update(rest)

    try:
        type("Contact", (form, Routed), {}, path="/contact")
    except TypeError as error:
        work.fail(f"`class Contact(Form, Routed, path='/contact')` raised `TypeError: {error}`.")
    work.equal(got, {"path": "/contact"}, "the arguments that reach Routed.__init_subclass__")


def new(name: str, base: Any, namespace: dict[str, object]) -> Any:
    return type(name, (base,), namespace)


# %% [hint]
# Everything that `FieldMeta.__init__` does, it does with a class that is finished. So does the hook that a parent
# has for its subclasses.

# %% [hint]
# The metaclass ran for `Form` as well; `__init_subclass__` does not. Give `Form` its empty list in the body.

# %% [hint]
# Keep the walk through `reversed(cls.__mro__)`: it puts parents first and sees mixins too. Make a *new* list for each
# class. And take part in the chain: `**rest`, `super().__init_subclass__(**rest)`.

# %% [solution]
from typing import Any, ClassVar


class Field: ...


class Form:
    _fields: ClassVar[list[str]] = []

    def __init_subclass__(cls, **rest: Any) -> None:
        super().__init_subclass__(**rest)
        fields: dict[str, Field] = {}
        for base in reversed(cls.__mro__):
            fields |= {k: v for k, v in vars(base).items() if isinstance(v, Field)}
        cls._fields = list(fields)


# %% [mistake] own-fields-only
# says: StrictLogin._fields
class Field: ...


class Form:
    _fields = []

    def __init_subclass__(cls, **rest):
        super().__init_subclass__(**rest)
        cls._fields = [name for name, value in vars(cls).items() if isinstance(value, Field)]


# %% [mistake] one-list
# says: after it got a subclass
class Field: ...


class Form:
    _fields = []

    def __init_subclass__(cls, **rest):
        super().__init_subclass__(**rest)
        for name, value in vars(cls).items():
            if isinstance(value, Field):
                cls._fields.append(name)


# %% [mistake] mixins-forgotten
# says: a field in a mixin that is no Form
class Field: ...


class Form:
    _fields = []

    def __init_subclass__(cls, **rest):
        super().__init_subclass__(**rest)
        own = [name for name, value in vars(cls).items() if isinstance(value, Field)]
        cls._fields = [*super(cls, cls)._fields, *own]


# %% [mistake] base-left-bare
# says: `Form` itself has no `_fields` now
class Field: ...


class Form:
    def __init_subclass__(cls, **rest):
        super().__init_subclass__(**rest)
        fields = {}
        for base in reversed(cls.__mro__):
            fields |= {k: v for k, v in vars(base).items() if isinstance(v, Field)}
        cls._fields = list(fields)


# %% [mistake] chain-ends-here
# says: raised `TypeError
class Field: ...


class Form:
    _fields = []

    def __init_subclass__(cls):
        fields = {}
        for base in reversed(cls.__mro__):
            fields |= {k: v for k, v in vars(base).items() if isinstance(v, Field)}
        cls._fields = list(fields)
