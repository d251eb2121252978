"""CART: the leaf of a classification tree in which failures are common, as a box.

Breiman, Friedman, Olshen and Stone (1984), by scikit-learn (extra `analysis`). A tree cuts once at
a time and in two, so it finds a box that needs few cuts and misses one that needs many. Limits that
could be luck are lifted as for PRIM.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from streetlight.experiments.drivers.prim import FEWEST_IN_BOX, Box, fit, lift_lucky_limits
from streetlight.model.arrays import BoolArray, FloatArray
from streetlight.model.errors import InputError

MOST_CUTS = 4


def tree_class() -> Any:
    """The class of scikit-learn's trees; InputError saying how to get it."""
    try:
        from sklearn.tree import DecisionTreeClassifier
    except ImportError:
        raise InputError(
            "--method: cart: needs scikit-learn: pip install -e '.[analysis]'"
        ) from None
    return DecisionTreeClassifier


def find_box(x: FloatArray, failed: BoolArray, words: BoolArray) -> Box:
    """The leaf with the highest phi of a tree at most four cuts deep; no limits when none helps."""
    coded, owner, code = one_column_a_word(x, words)
    tree = tree_class()(max_depth=MOST_CUTS, min_samples_leaf=FEWEST_IN_BOX, random_state=0)
    tree.fit(coded, failed)
    leaves = leaves_of(tree.tree_, Box.everything(x.shape[1]), owner, code)
    boxes = [Box.everything(x.shape[1]), *leaves]
    best = boxes[int(np.argmax([fit(box, x, failed).phi for box in boxes]))]
    return lift_lucky_limits(best, x, failed)


def one_column_a_word(
    x: FloatArray, words: BoolArray
) -> tuple[FloatArray, list[int], list[float | None]]:
    """x with a 0/1 column for each word of a choice; whose each column is, and which word's."""
    columns: list[FloatArray] = []
    owner: list[int] = []
    code: list[float | None] = []
    for j in range(x.shape[1]):
        if not words[j]:
            columns.append(x[:, j])
            owner.append(j)
            code.append(None)
            continue
        for one in np.unique(x[:, j]):
            columns.append((x[:, j] == one).astype(np.float64))
            owner.append(j)
            code.append(float(one))
    return np.array(columns).T, owner, code


def leaves_of(tree: Any, start: Box, owner: list[int], code: list[float | None]) -> list[Box]:
    """The box of every leaf of a tree."""
    boxes = []
    waiting = [(0, start)]
    while waiting:
        node, box = waiting.pop()
        if tree.children_left[node] < 0:
            boxes.append(box)
            continue
        column, cut = int(tree.feature[node]), float(tree.threshold[node])
        j, one = owner[column], code[column]
        if one is None:
            left = box.moved(j, "high", min(cut, float(box.high[j])))
            right = box.moved(j, "low", max(cut, float(box.low[j])))
        else:
            left = Box(box.low, box.high, (*box.out, (j, one)))
            right = only_word(box, j, one, [c for o, c in zip(owner, code, strict=True) if o == j])
        waiting += [(int(tree.children_right[node]), right), (int(tree.children_left[node]), left)]
    return boxes


def only_word(box: Box, j: int, word: float, known: list[float | None]) -> Box:
    """The box with all words of a choice left out but one."""
    others = [(j, c) for c in known if c is not None and c != word and (j, c) not in box.out]
    return Box(box.low, box.high, (*box.out, *others))
