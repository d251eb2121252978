"""`streetlight record FILE --region REGION`: does a record look like what the model makes?"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from streetlight.experiments.analyse.likeness import (
    FEWEST_COUNTS,
    READINGS,
    Likeness,
    TriedSetting,
    compare_record,
    ends_known,
    nearer_settings,
)
from streetlight.experiments.commands.record_files import given_files
from streetlight.experiments.running.cells import Engine
from streetlight.model.errors import InputError
from streetlight.model.inference.shape import PATTERNS
from streetlight.model.record.counts import OwnRecord

FEWEST_WORLDS, WORLDS, MOST_WORLDS = 5, 20, 200
MOST_SETTINGS = 5
NOT_THE_TRUTH = (
    "A record that looks like the model's says nothing of how much happens, or where: readings "
    "that make the same record differ in what is behind it (docs/calibration.md)."
)


def show_record(
    record: Path,
    *,
    region: str | None,
    columns: Iterable[str] | None = None,
    worlds: int = WORLDS,
    quiet: bool = False,
    as_json: bool = False,
) -> int:
    """Print how a record compares with simulated ones, and what would bring these nearer.

    InputError listing every problem of the files, or for a record too small to have a shape.
    """
    if not FEWEST_WORLDS <= worlds <= MOST_WORLDS:
        raise InputError(f"--worlds: {worlds}: must be from {FEWEST_WORLDS} to {MOST_WORLDS}")
    own, places, parameters, _ = given_files(record, region, columns)
    engine = Engine.of_model()

    def say(text: str) -> None:
        if not quiet:
            print(text, file=sys.stderr)

    if engine.compile is not None:
        say("compiling the model (the first time only, about half a minute)")
        engine.compile()
    likeness = compare_record(own.counts, places, worlds, parameters, say)
    in_force = parameters.attention.reading
    settings = None
    if not any(likeness.looks_alike(name) for name in READINGS):
        settings = nearer_settings(likeness, parameters, say)
    if as_json:
        print(json.dumps(as_plain(own, likeness, in_force, settings), indent=2))
    else:
        said = [*own.notes, *compared_at(likeness, worlds), "", *pattern_table(likeness, in_force)]
        said += ["", *reading_table(likeness, in_force, worlds), ""]
        print("\n".join([*said, *verdict(likeness, in_force, settings), NOT_THE_TRUTH]))
    return 0


def compared_at(likeness: Likeness, worlds: int) -> list[str]:
    """How many worlds there are, and at which volume they are compared."""
    what, held = likeness.what, amount(likeness.held)
    text = f"{worlds} worlds of each reading, no added money; {what} as published"
    if likeness.volume < likeness.held:
        return [
            f"{text}; the record has {held} a year, half of the worlds of one reading have fewer: "
            f"all are thinned to {amount(likeness.volume)}"
        ]
    return [f"{text}, thinned where there are more than in the record, which has {held} a year"]


def amount(counts: float) -> str:
    """Counts a year, small ones suppressed."""
    return f"{counts:,.0f}" if counts >= FEWEST_COUNTS else f"under {FEWEST_COUNTS}"


def pattern_table(likeness: Likeness, reading: str) -> list[str]:
    """A row a pattern: the record's, the worlds' mean and range, and where the record lies."""
    lines = [f"{'':<53}{'record':>8}{'model':>8}{'range':>16}  worlds below (reading: {reading})"]
    told, inside = likeness.told, likeness.inside(reading)
    one = likeness.readings[reading]
    (low, high), mean = ends_known(one.shapes), one.means
    for m, words in enumerate(PATTERNS.values()):
        if not told[m]:
            lines.append(f"{words:<53}{number(likeness.own[m]):>8}  cannot be told")
            continue
        values = one.shapes[:, m][np.isfinite(one.shapes[:, m])]
        below = f"{int((values < likeness.own[m]).sum())} of {len(values)}"
        outside = "" if inside[m] else "  outside"
        range_ = f"{number(low[m])} to {number(high[m])}"
        lines.append(
            f"{words:<53}{number(likeness.own[m]):>8}{number(mean[m]):>8}{range_:>16}  "
            f"{below}{outside}"
        )
    return lines


def number(value: float) -> str:
    """A pattern as the table shows it."""
    return f"{value:.2f}" if math.isfinite(value) else "-"


def reading_table(likeness: Likeness, in_force: str, worlds: int) -> list[str]:
    """A row a reading: how near its worlds come."""
    told = int(likeness.told.sum())
    lines = [
        f"{'attention.reading':<22}{'patterns inside':>16}{'distance':>10}{'worlds as far':>15}"
    ]
    for name in READINGS:
        label = f"{name} (in force)" if name == in_force else name
        inside = f"{int(likeness.inside(name).sum())} of {told}"
        lines.append(f"{label:<22}{inside:>16}{likeness.distance(name):>10.1f}"
                     f"{f'{likeness.as_far(name)} of {worlds}':>15}")  # fmt: skip
    lines.append(
        "distance: root mean square over patterns, in spreads between worlds; luck gives 1"
    )
    return lines


def short(value: float) -> str:
    """A setting to three digits, as a file may hold it."""
    return f"{float(f'{value:.3g}'):g}"


def verdict(likeness: Likeness, in_force: str, settings: list[TriedSetting] | None) -> list[str]:
    """Whether the record looks like the model's, and what would bring it nearer.

    settings: None where none was looked for, as some reading makes such a record.
    """
    alike = [name for name in READINGS if likeness.looks_alike(name)]
    nearest = min(READINGS, key=likeness.distance)
    others = ", ".join(name for name in alike if name != in_force)
    if in_force in alike:
        comes = f"; {nearest} comes nearest" if nearest != in_force else ""
        as_well = [f"attention.reading: {others} would do as well{comes}."] if others else []
        return [
            "The record looks like what the model makes for such a region; no other setting of "
            "recording is called for.",
            *as_well,
        ]
    lines = ["The record does not look like what the model makes for such a region."]
    if alike:
        return [*lines, f"It does with attention.reading: {others}."]
    lines.append(f"Of the readings attention.reading: {nearest} comes nearest, and is far as well.")
    for one in (settings or [])[:MOST_SETTINGS]:
        lines.append(
            f"With attention.reading: {one.reading} and {one.name}: {short(one.tried)} instead of "
            f"{short(one.value)} the distance is {one.distance_tried:.1f} instead of "
            f"{one.distance:.1f}."
        )
    if not settings and likeness.what == "reports":
        lines.append("No single number of recording, within its range, brings it much nearer.")
    return lines


def as_plain(
    own: OwnRecord, likeness: Likeness, in_force: str, settings: list[TriedSetting] | None
) -> dict[str, Any]:
    """All of it as plain values; what cannot be told is null."""

    def by_pattern(values: np.ndarray) -> dict[str, float | None]:
        known = [float(v) if math.isfinite(v) else None for v in values]
        return dict(zip(PATTERNS, known, strict=True))

    readings = {}
    for name, one in likeness.readings.items():
        low, high = ends_known(one.shapes)
        readings[name] = {
            "in_force": name == in_force, "mean": by_pattern(one.means), "low": by_pattern(low),
            "high": by_pattern(high), "distance": likeness.distance(name),
            "worlds": len(one.shapes), "worlds_as_far": likeness.as_far(name),
        }  # fmt: skip
    return {
        "notes": list(own.notes), "of": likeness.what, "record": by_pattern(likeness.own),
        "readings": readings, "nearer": [vars(one) for one in settings or []],
    }  # fmt: skip
