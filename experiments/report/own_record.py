"""For analysts: whether a record of one's own looks like what the study's futures make."""

from __future__ import annotations

import math

from streetlight.experiments.analyse.own_record import PatternBeside, read_beside
from streetlight.experiments.analyse.study import Study
from streetlight.experiments.report.blocks import Block, block, heads, texts
from streetlight.experiments.words import say


def own_record(study: Study) -> Block:
    """The record's shape beside that of worlds; nothing where the experiment names no record."""
    found = read_beside(study.folder)
    if found is None:
        return {}
    if found.refused:
        return block("own_record", [say("analysts.own_record_refused", why=found.refused)])
    from streetlight.model.inference.shape import PATTERNS  # takes time to load

    key = "alike" if found.alike else "unlike"
    text = [
        say(f"analysts.own_record_{key}", n=found.worlds, k=found.as_far),
        say("analysts.own_record_not"),
    ]
    rows = [(PATTERNS[one.name], texts(*shown(one))) for one in found.patterns]
    columns = heads("own_record_record", "own_record_mean", "own_record_range", "own_record_inside")
    first = f"own_record_of_{found.of}"
    return block("own_record", text, first=first, heads=columns, rows=rows)


def shown(one: PatternBeside) -> list[str]:
    """The cells of a pattern."""
    if math.isnan(one.record):
        return [say("numbers.unknown")] * 3 + [say("analysts.own_record_untold")]
    inside = one.low <= one.record <= one.high
    where = say(f"analysts.own_record_{'in' if inside else 'out'}")
    return [f"{one.record:.2f}", f"{one.mean:.2f}", f"{one.low:.2f} to {one.high:.2f}", where]
