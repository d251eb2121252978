"""The futures in the appendix: what each changes, which shocks it has, and how some were drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from streetlight.experiments.distributions import value_of
from streetlight.experiments.future_words import (
    ShockWords,
    changes,
    distribution_in_words,
    sampled_ranges,
    shock_words,
)
from streetlight.experiments.labels import pretty
from streetlight.experiments.report.appendix import shown
from streetlight.experiments.sampling import Sampling
from streetlight.model.parameters import Parameters

#: Futures that are listed one by one; a grid may have thousands, which design.parquet holds.
MOST_LISTED = 40
SHOCKS = "shocks"


@dataclass(frozen=True)
class Changed:
    """A parameter in a future, or as all sampled futures may have it.

    value: its own, or its distribution; drawn: from the lowest to the highest, '' if not drawn.
    """

    title: str
    name: str
    value: str
    otherwise: str
    evidence: str
    outside: bool
    drawn: str = ""


@dataclass(frozen=True)
class FutureLine:
    """A future that is listed by itself."""

    name: str
    changes: tuple[Changed, ...]
    shocks: tuple[ShockWords, ...]


@dataclass(frozen=True)
class ReportedFutures:
    """All futures of the experiment.

    listed: those that are no draws; unlisted: how many more of them there are; sentences: about the
    design, none if nothing was sampled; ranges: by parameter; shocks: those of every draw.
    """

    listed: tuple[FutureLine, ...]
    unlisted: int
    sentences: tuple[str, ...]
    ranges: tuple[Changed, ...]
    shocks: tuple[ShockWords, ...]


def futures_of(config: Mapping[str, Any]) -> ReportedFutures:
    """The futures of a resolved configuration, as the manifest has it."""
    every: Mapping[str, Any] = config.get("futures") or {}
    names = set(config.get("sampled_futures") or ())
    own = [name for name in every if name not in names]
    drawn = [every[name] for name in every if name in names]
    listed = tuple(_line(name, every[name], config) for name in own[:MOST_LISTED])
    sampling = config.get("sampling")
    return ReportedFutures(
        listed=listed,
        unlisted=len(own) - len(listed),
        sentences=tuple(Sampling(**sampling).sentences()) if sampling else (),
        ranges=_ranges(sampling["parameters"], drawn, config) if sampling else (),
        shocks=_shocks(drawn[0], config) if drawn else (),
    )


def _line(name: str, future: Mapping[str, Any], config: Mapping[str, Any]) -> FutureLine:
    # Results of an older model may name parameters that are gone.
    known = {key: value for key, value in future.items() if key in Parameters.all_cards()}
    changed = tuple(
        Changed(
            title=one["title"],
            name=one["name"],
            value=shown(one["value"]),
            otherwise=shown(one["otherwise"]),
            evidence="" if one["low"] is None else f"{one['low']:g} to {one['high']:g}",
            outside=one["outside"],
        )
        for one in changes(known, config.get("parameters") or {})
    )
    return FutureLine(pretty(name), changed, _shocks(future, config))


def _shocks(future: Mapping[str, Any], config: Mapping[str, Any]) -> tuple[ShockWords, ...]:
    return tuple(shock_words(one, config.get("communities")) for one in future.get(SHOCKS) or ())


def _ranges(
    parameters: Mapping[str, Any], drawn: Sequence[Mapping[str, Any]], config: Mapping[str, Any]
) -> tuple[Changed, ...]:
    cards, base = Parameters.all_cards(), config.get("parameters") or {}
    return tuple(
        Changed(
            title=one["title"],
            name=one["name"],
            value=distribution_in_words(one["how"]),
            otherwise=shown(base.get(one["name"], value_of(Parameters(), one["name"]))),
            evidence=one["evidence"],
            outside=one["outside"],
            drawn="" if one["lowest"] is None else f"{one['lowest']:.4g} to {one['highest']:.4g}",
        )
        for one in sampled_ranges({k: v for k, v in parameters.items() if k in cards}, drawn)
    )
