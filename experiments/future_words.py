"""What a future is, in facts and in words: for `streetlight show` and for the report.

Both an experiment and the resolved configuration of its results have these: parameters by dotted
name, shocks as plain values, and how the sampled futures came about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from streetlight.experiments.distributions import value_of
from streetlight.experiments.schema.names import range_in_words, value_in_words
from streetlight.model.parameters import Parameters
from streetlight.model.parameters.sources import named_for_readers

#: What the size of a shock counts, by its kind.
SIZES = {
    "campaign": "{:g} standard campaigns",
    "training": "{:g} trainings per staff",
    "victimization": "{:g} times the onset of first spells",
}


def changes(overrides: Mapping[str, Any], base: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The parameters that `overrides` sets, with the card's facts.

    base: those that have another value than their default otherwise.
    """
    cards, defaults = Parameters.all_cards(), Parameters()
    found = []
    for name, value in overrides.items():
        card, default = cards[name], value_of(defaults, name)
        held = value.values() if isinstance(value, Mapping) else (value,)
        values = [one for v in held for one in (v if isinstance(v, (tuple, list)) else (v,))]
        ranged = bool(range_in_words(card))
        found.append(
            {
                "name": name,
                "title": card.title,
                "value": value,
                "otherwise": base.get(name, default),
                "default": default,
                "unit": card.unit,
                "low": card.low if ranged else None,
                "high": card.high if ranged else None,
                "outside": ranged and any(not card.low <= one <= card.high for one in values),
                "source": named_for_readers(card.source),
            }
        )
    return found


def sampled_ranges(
    parameters: Mapping[str, Mapping[str, Any]], futures: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """What each sampled parameter may be, and what it came to be in the sampled futures.

    parameters: `Varied.described` by name; futures: what each sampled future sets.
    """
    cards = Parameters.all_cards()
    ranges = []
    for name, how in parameters.items():
        values = [one[name] for one in futures if name in one]
        ordered = all(isinstance(one, float) for one in values) and values
        ranges.append(
            {
                "name": name,
                "title": cards[name].title,
                "how": how,
                "lowest": min(values) if ordered else None,
                "highest": max(values) if ordered else None,
                "evidence": range_in_words(cards[name]),
                "outside": bool(how.get("outside_evidence")),
            }
        )
    return ranges


def distribution_in_words(how: Mapping[str, Any]) -> str:
    """What a sampled parameter may be."""
    if "distribution" not in how:
        values = how.get("choice") or how.get("values") or ()
        return " or ".join(map(value_in_words, values))
    factor = "factor, " if how.get("of") == "factor" else ""
    return f"{factor}{how['distribution']}, {how['low']:g} to {how['high']:g}"


@dataclass(frozen=True)
class ShockWords:
    """A shock in words; no place is named."""

    what: str
    size: str
    where: str
    when: str


def shock_words(shock: Mapping[str, Any], n_communities: int | None = None) -> ShockWords:
    """What a shock is; shock: as plain values; n_communities: of the region, where it is known."""
    n, first, weeks = len(shock["communities"]), shock["week"], shock["weeks"]
    of = "" if n_communities is None else f" of {n_communities:,}"
    return ShockWords(
        what=shock["kind"],
        size=SIZES.get(shock["kind"], "{:g}").format(shock["size"]),
        where=f"{n:,}{of} {'community' if (n_communities or n) == 1 else 'communities'}",
        when=f"weeks {first:,} to {first + weeks:,}" if weeks else f"from week {first:,} on",
    )


def shock_in_words(shock: Mapping[str, Any]) -> str:
    """A shock in one line."""
    one = shock_words(shock)
    return f"{one.what} shock of size {shock['size']:g} in {one.where}, {one.when}"
