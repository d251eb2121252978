"""Small faults that could be made in a file of the model: each changes one place of its syntax.

Faults that stop a file from being imported or a function from being called at all are mostly left
out, because every test would see them: names that are no longer set, operators of another type.
Text, annotations, decorators and messages are not changed.
"""

from __future__ import annotations

import ast
import copy
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

OPERATORS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Mod: ast.FloorDiv, ast.Pow: ast.Mult, ast.LShift: ast.RShift,
    ast.RShift: ast.LShift, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.BitXor: ast.BitAnd,
    ast.And: ast.Or, ast.Or: ast.And,
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
OPPOSITES = dict(min="max", minimum="maximum", floor="ceil", any="all", argmin="argmax")
OPPOSITES |= {b: a for a, b in OPPOSITES.items()}
REMOVABLE = (ast.Return, ast.Continue, ast.Break, ast.Raise, ast.AugAssign)
#: What is never looked into, by the name of the field that holds it, and by type.
SKIPPED_FIELDS = {"annotation", "returns", "decorator_list", "bases", "type_params"}
SKIPPED_NODES = (ast.Import, ast.ImportFrom, ast.JoinedStr, ast.Assert)


@dataclass(frozen=True)
class Mutant:
    """One fault: the `number`-th of those that a file allows."""

    file: str  # within the model
    number: int
    line: int
    kind: str
    before: str
    after: str
    code: str  # the line
    function: str = ""  # or class at the top of the file that holds it

    @property
    def name(self) -> str:
        """What tells it from all others, for as long as its file is not changed."""
        return f"{self.file}:{self.line}#{self.number}"


def variants(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """What could stand in the place of a node, and what kind of fault that is."""
    if type(node) in OPERATORS:
        yield "operator", OPERATORS[type(node)]()
    if isinstance(node, ast.Constant):
        if isinstance(node.value, bool):
            yield "boolean", ast.Constant(not node.value)
        elif isinstance(node.value, int):
            yield "constant", ast.Constant(node.value + 1)
        elif isinstance(node.value, float):
            yield "constant", ast.Constant(node.value / 2.0 or 1.0)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not):
        yield "sign", node.operand
    if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
        key = "id" if isinstance(node, ast.Name) else "attr"
        if (opposite := OPPOSITES.get(getattr(node, key))) is not None:
            yield "function", _with(node, key, opposite)
    if isinstance(node, ast.If | ast.IfExp | ast.While):
        yield "condition", _with(node, "test", ast.UnaryOp(ast.Not(), node.test))
    if isinstance(node, ast.Slice):
        for end in ("lower", "upper"):
            if isinstance(getattr(node, end), ast.expr):
                yield "index", _with(node, end, _one_more(getattr(node, end)))
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.BinOp):
        yield "index", _with(node, "slice", _one_more(node.slice))
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Name) and node.func.id == "range":
            last = ast.BinOp(node.args[-1], ast.Sub(), ast.Constant(1))
            yield "index", _with(node, "args", [*node.args[:-1], last])
        for i, keyword in enumerate(node.keywords):
            if keyword.arg is not None:
                kept = node.keywords[:i] + node.keywords[i + 1 :]
                yield f"keyword {keyword.arg}", _with(node, "keywords", kept)
    called = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    written = isinstance(node, ast.Assign) and all(
        isinstance(target, ast.Attribute | ast.Subscript) for target in node.targets
    )
    if called or written or isinstance(node, REMOVABLE):
        yield "removed", ast.Pass()


def _with(node: ast.AST, field: str, value: object) -> ast.AST:
    changed = copy.copy(node)
    setattr(changed, field, value)
    return changed


def _one_more(node: ast.expr) -> ast.expr:
    return ast.BinOp(node, ast.Add(), ast.Constant(1))


def places(tree: ast.AST, line: int = 0) -> Iterator[tuple[ast.AST, str, int | None, ast.AST, int]]:
    """Every node that may be changed: what holds it, in which field and where in it, and its line.

    Fields are visited in order, so that the n-th fault of a file is always the same.
    """
    for field, value in ast.iter_fields(tree):
        if field in SKIPPED_FIELDS:
            continue
        for i, child in enumerate(value if isinstance(value, list) else [value]):
            if not isinstance(child, ast.AST) or isinstance(child, SKIPPED_NODES):
                continue
            if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
                continue
            at = getattr(child, "lineno", line)
            yield tree, field, i if isinstance(value, list) else None, child, at
            yield from places(child, at)


def faults(tree: ast.AST) -> Iterator[tuple[ast.AST, str, int | None, str, ast.AST, ast.AST, int]]:
    """Every fault of a file: where it goes, its kind, the node and what replaces it, its line."""
    for holder, field, i, node, line in places(tree):
        is_last = isinstance(holder, ast.FunctionDef) and i == len(holder.body) - 1
        for kind, other in variants(node):
            if kind == "removed" and is_last and isinstance(node, ast.Return):
                continue  # the function would return None
            yield holder, field, i, kind, node, other, line


def shown(node: ast.AST) -> str:
    """A node in a few words."""
    if isinstance(node, ast.If | ast.While):
        return f"if {ast.unparse(node.test)}"
    text = ast.unparse(node) or type(node).__name__
    return text if len(text) <= 100 else text[:97] + "..."


def mutants(root: Path) -> list[Mutant]:
    """Every mutant of the modules below `root`: a folder without `__init__.py` has none."""
    found = []
    for path in sorted(root.rglob("*.py")):
        if not (path.parent / "__init__.py").exists():
            continue
        file = path.relative_to(root).as_posix()
        source = path.read_text(encoding="utf-8")
        lines, tree = source.splitlines(), ast.parse(source)
        named = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
        for n, (_, _, _, kind, node, other, line) in enumerate(faults(tree)):
            code = lines[line - 1].strip()
            inside = (f.name for f in named if f.lineno <= line <= (f.end_lineno or 0))
            fault = (kind, shown(node), shown(other), code, next(inside, ""))
            found.append(Mutant(file, n, line, *fault))
    return found


def mutated(source: str, number: int | None) -> str:
    """The source of a file with one of its faults, or with none; without comments."""
    tree = ast.parse(source)
    for n, (holder, field, i, _, _, other, _) in enumerate(faults(tree)):
        if n == number:
            if i is None:
                setattr(holder, field, other)
            else:
                getattr(holder, field)[i] = other
            break
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


def sample(root: Path, n: int, seed: int, files: Iterable[str] = ("*",)) -> list[Mutant]:
    """n mutants of files that match one of these patterns.

    A larger sample of the same seed begins with the smaller one.
    """
    every = [m for m in mutants(root) if any(fnmatch(m.file, pattern) for pattern in files)]
    random.Random(seed).shuffle(every)
    return every[:n]
