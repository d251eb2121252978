"""A hash of what a rule does, so that an edited rule is not taken for the one that results are of.

    rule_hash(policy.rule)    # the same in every process with this version of Python

A rule is followed from its code to all it uses: constants, defaults, closure, the globals that it
reads, functions and classes of the user's own modules, and the contents of instances.  File names,
line numbers and addresses are left out, so comments and blank lines change nothing.  The standard
library and installed packages are known by name only, and so is the model, whose files are in a
key anyway.
"""

from __future__ import annotations

import copyreg
import dis
import functools
import hashlib
import sys
import sysconfig
from collections.abc import Callable, Iterable
from pathlib import Path
from types import BuiltinFunctionType, CodeType, FunctionType, MappingProxyType, ModuleType
from typing import Any

from streetlight.model.errors import InputError

#: Values that are told apart by how they are written.
PLAIN = (type(None), type(...), bool, int, float, complex, str)

#: Where Python keeps its own modules.
STANDARD = Path(sysconfig.get_path("stdlib"))

#: Parts of a class that Python itself writes, and that say nothing about what the class does.
OF_PYTHON = ("__dict__", "__weakref__", "__doc__", "__module__", "__firstlineno__", "_abc_impl")


def rule_hash(rule: Callable[..., Any]) -> str:
    """Hash of a rule's code and of all that it uses, 32 hex digits.

    InputError names the type of a value whose content cannot be told, such as an open file.
    """
    walk = _Walk({})
    if isinstance(rule, FunctionType) and not _is_of_model(_home(rule)):
        walk.function(rule)  # an installed rule is looked into as well, but not what it calls
    else:
        walk.add(rule)
    return walk.digest()


class _Walk:
    """One walk through values.  seen: place in the walk of what was met before, by its id."""

    def __init__(self, seen: dict[int, tuple[int, Any]]) -> None:
        self.seen = seen
        self.hash = hashlib.sha256()

    def digest(self) -> str:
        """The hash of everything added so far."""
        return self.hash.hexdigest()[:32]

    def add(self, value: Any) -> None:
        """Add a value and all that it uses."""
        if type(value) in PLAIN:
            self.note(type(value).__name__, repr(value))
        elif type(value) is bytes:  # the contents of an array, perhaps
            self.note("bytes", hashlib.sha256(value).hexdigest())
        elif type(value) is tuple:
            self.several("tuple", value)
        elif type(value) in (set, frozenset):  # in an order that differs between processes
            alone = [_Walk(dict(self.seen)) for _ in value]
            for walk, item in zip(alone, value, strict=True):
                walk.add(item)
            self.note("set", *sorted(walk.digest() for walk in alone))
        elif isinstance(value, CodeType):
            self.code(value)
        elif not self.met(value):
            self.compound(value)

    def met(self, value: Any) -> bool:
        """Whether a value was met before; if so, its place then stands for it."""
        if id(value) in self.seen:
            self.note("seen", str(self.seen[id(value)][0]))
            return True
        self.seen[id(value)] = len(self.seen), value  # kept, so that its id is not used again
        return False

    def compound(self, value: Any) -> None:
        """Add what has parts."""
        if isinstance(value, FunctionType) and not _is_library(_home(value)):
            self.function(value)
        elif isinstance(value, type) and not _is_library(value.__module__):
            self.own_class(value)
        elif isinstance(value, (FunctionType, BuiltinFunctionType, type)):
            self.note("name", str(value.__module__), value.__qualname__)
            self.add(getattr(value, "__self__", None))
        elif isinstance(value, ModuleType):
            self.note("module", value.__name__)
        elif type(value) is list:
            self.several("list", value)
        elif type(value) in (dict, MappingProxyType):
            self.several("dict", (part for item in value.items() for part in item))
        elif isinstance(value, property):
            self.several("property", (value.fget, value.fset, value.fdel))
        elif isinstance(value, functools.cached_property):  # holds a lock
            self.several("cached_property", (value.func,))
        elif _is_library(type(value).__module__) and hasattr(value, "__wrapped__"):
            # a function that is cached, compiled or a class's
            self.several(type(value).__qualname__, (value.__wrapped__,))
        else:
            self.instance(value)

    def function(self, function: FunctionType) -> None:
        """Add a function: its code, what it was made with, and the globals that it reads."""
        self.note("function")
        self.code(function.__code__)
        self.add(function.__defaults__)
        self.add(function.__kwdefaults__)
        for cell in function.__closure__ or ():
            try:
                held = cell.cell_contents
            except ValueError:  # not filled yet
                held = None
            self.add(held)
        attributes = set(_attributes(function.__code__))
        for name in sorted(set(_globals(function.__code__)) & set(function.__globals__)):
            value = function.__globals__[name]
            self.note("global", name)
            self.add(value)
            if isinstance(value, ModuleType):
                self.module(value, attributes)
        self.add({k: v for k, v in vars(function).items() if k != "__wrapped__"})

    def module(self, module: ModuleType, names: set[str]) -> None:
        """Add what may be read of a module of the user's own: whatever has one of these names."""
        if _is_library(module.__name__):
            return
        for name in sorted(names & set(vars(module))):
            value = getattr(module, name)
            self.note("attribute", name)
            self.add(value)
            if isinstance(value, ModuleType):
                self.module(value, names)

    def code(self, code: CodeType) -> None:
        """Add code, and the code of functions inside it."""
        self.note("code", code.co_code.hex(), code.co_exceptiontable.hex(), str(code.co_flags))
        counts = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount)
        names = (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
        self.several("names", (*counts, *names))
        self.several("constants", code.co_consts)

    def own_class(self, one: type) -> None:
        """Add a class: its bases, methods and attributes."""
        self.note("class", one.__qualname__)
        self.several("bases", one.__bases__)
        for name, value in sorted(vars(one).items()):
            written = not name.startswith("__") or isinstance(value, FunctionType)
            if written and name not in OF_PYTHON:
                self.note("attribute", name)
                self.add(value)

    def instance(self, value: Any) -> None:
        """Add what a value is made of when it is copied: its type and state."""
        try:
            reduce = copyreg.dispatch_table.get(type(value))
            made = reduce(value) if reduce else value.__reduce_ex__(4)
        except Exception as error:
            kind = f"{type(value).__module__}.{type(value).__qualname__}"
            raise InputError(
                f"the rule uses a value of type {kind}, whose content cannot be told, so results "
                "could not be kept by it: make it inside the rule"
            ) from error
        if isinstance(made, str):  # a global of this name
            self.note("name", type(value).__module__, made)
            return
        for place, part in enumerate(made):
            self.add(list(part) if place in (3, 4) and part is not None else part)  # iterators

    def several(self, kind: str, values: Iterable[Any]) -> None:
        """Add values one after the other."""
        values = list(values)
        self.note(kind, str(len(values)))
        for value in values:
            self.add(value)

    def note(self, *words: str) -> None:
        """Add words, each with its length, so that no other words give the same hash."""
        for word in words:
            self.hash.update(f"{len(word)}:{word}".encode(errors="surrogatepass"))


def _home(function: FunctionType) -> str | None:
    """The module that a function was written in, whatever it says of itself."""
    return function.__globals__.get("__name__")


def _globals(code: CodeType) -> Iterable[str]:
    """Names that code and the functions inside it look up as globals."""
    for step in dis.get_instructions(code):
        if step.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            yield step.argval
    for inner in _inside(code):
        yield from _globals(inner)


def _attributes(code: CodeType) -> Iterable[str]:
    """Names in code and the functions inside it, those of attributes among them."""
    yield from code.co_names
    for inner in _inside(code):
        yield from _attributes(inner)


def _inside(code: CodeType) -> Iterable[CodeType]:
    return (constant for constant in code.co_consts if isinstance(constant, CodeType))


@functools.cache
def _is_library(module: str | None) -> bool:
    """Whether a module is the model's, Python's or an installed package's, not the user's own."""
    path = _path(module)
    if path is None:  # part of the interpreter, or typed in
        return (module or "").partition(".")[0] in sys.stdlib_module_names
    installed = {"site-packages", "dist-packages"} & set(path.parts)
    return bool(installed) or path.is_relative_to(STANDARD) or _is_of_model(module)


@functools.cache
def _is_of_model(module: str | None) -> bool:
    """Whether a module is one of the model's files, which are hashed with the model."""
    from streetlight.model.compiled import ROOT

    path = _path(module)
    return path is not None and path.is_relative_to(ROOT)


def _path(module: str | None) -> Path | None:
    file = getattr(sys.modules.get(module or ""), "__file__", None)
    return Path(file) if file else None
