# %% [check]
"""A registry that fills itself from a class keyword argument."""

from typing import Any

from seethrough.exercises import Work


def check(work: Work) -> str:
    codec: Any = work.get("Codec", type)
    work.require(type(codec) is type, "`Codec` has a metaclass; `__init_subclass__` is enough.")
    codec.known.clear()
    try:
        gzip = new("Gzip", codec, name="gzip")
    except TypeError as error:
        work.fail(f"`class Gzip(Codec, name='gzip')` raised `TypeError: {error}`.")
    work.require(
        codec.known.get("gzip") is gzip,
        f"after `class Gzip(Codec, name='gzip')`, `Codec.known` is `{shown(codec)}`.",
    )
    text = new("TextCodec", codec)
    work.equal(shown(codec), {"gzip": "Gzip"}, "Codec.known after class TextCodec(Codec)")
    new("Utf8", text, name="utf-8")
    work.equal(
        sorted(codec.known),
        ["gzip", "utf-8"],
        "sorted(Codec.known) after class Utf8(TextCodec, name='utf-8')",
    )
    twice = work.raises(
        ValueError,
        lambda: new("Gzip2", codec, name="gzip"),
        "class Gzip2(Codec, name='gzip')",
    )
    work.require("gzip" in str(twice), f"the message `{twice}` does not say which name was taken.")
    work.require(
        codec.known["gzip"] is gzip,
        "the second class named `gzip` was refused, but it stands in the registry all the same.",
    )
    chain(work, codec)
    return "Named subclasses are found, abstract ones stay out, and the chain goes on."


def chain(work: Work, codec: Any) -> None:
    got: dict[str, object] = {}

    class Documented:
        def __init_subclass__(cls, **rest: object) -> None:
            got.update(rest)

    type("Zip", (codec, Documented), {}, name="zip", since=3)
    work.require(
        got == {"since": 3},
        f"with `class Zip(Codec, Documented, name='zip', since=3)` the next class in the MRO "
        f"received `{got}`; it should receive `{{'since': 3}}`.",
    )
    work.raises(TypeError, lambda: new("Bz", codec, nmae="bz"), "class Bz(Codec, nmae='bz')")


def new(class_name: str, base: Any, **options: object) -> Any:
    return type(class_name, (base,), {"__module__": "__main__"}, **options)


def shown(codec: Any) -> dict[str, str]:
    return {name: cls.__name__ for name, cls in codec.known.items()}


# %% [hint]
# What stands behind the bases in a class statement is passed to one method of the *parent*. It is a
# class method, and needs no decorator to be one.

# %% [hint]
# Take `name` off with a default of `None`, and collect whatever else there is in `**rest`. The subclass
# without a name is the one for which the default arrives.

# %% [hint]
# Call `super().__init_subclass__(**rest)`. It hands the other arguments to the next class in the MRO, and at
# the end of the chain `object` refuses what nobody took. Test for a taken name before you store.

# %% [solution]
from typing import ClassVar


class Codec:
    known: ClassVar[dict[str, type["Codec"]]] = {}

    def __init_subclass__(cls, *, name: str | None = None, **rest: object) -> None:
        super().__init_subclass__(**rest)
        if name is None:
            return
        if name in Codec.known:
            message = f"{name!r} is taken by {Codec.known[name].__name__}"
            raise ValueError(message)
        Codec.known[name] = cls


# %% [mistake] chain-ends-here
# says: the next class in the MRO received `{}`
class Codec:
    known = {}

    def __init_subclass__(cls, *, name=None, **rest):
        if name is not None:
            if name in Codec.known:
                raise ValueError(f"{name} is taken")
            Codec.known[name] = cls


# %% [mistake] abstract-registered
# says: after class TextCodec(Codec)
class Codec:
    known = {}

    def __init_subclass__(cls, *, name="", **rest):
        super().__init_subclass__(**rest)
        if name in Codec.known:
            raise ValueError(f"{name} is taken")
        Codec.known[name] = cls


# %% [mistake] stored-before-tested
# says: it stands in the registry all the same
class Codec:
    known = {}

    def __init_subclass__(cls, *, name=None, **rest):
        super().__init_subclass__(**rest)
        if name is None:
            return
        before = Codec.known.get(name)
        Codec.known[name] = cls
        if before is not None:
            raise ValueError(f"{name} is taken")


# %% [mistake] last-one-wins
# says: should raise `ValueError`
class Codec:
    known = {}

    def __init_subclass__(cls, *, name=None, **rest):
        super().__init_subclass__(**rest)
        if name is not None:
            Codec.known[name] = cls


# %% [mistake] registry-per-class
# says: after class Utf8(TextCodec
class Codec:
    known = {}

    def __init_subclass__(cls, *, name=None, **rest):
        super().__init_subclass__(**rest)
        parent = cls.__mro__[1]
        if "known" not in vars(parent):
            parent.known = {}
        if name is not None:
            if name in parent.known:
                raise ValueError(f"{name} is taken")
            parent.known[name] = cls
