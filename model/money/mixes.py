"""Lever mixes: which levers a community's money goes to. Shares of dollars, fixed beforehand.

The first league compares *who* gets money, so every rule there has the same mix; the second
compares mixes under the same rule.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from streetlight.model.advice import number_advice, share_advice
from streetlight.model.errors import InputError, did_you_mean
from streetlight.model.names import LEVER_NAMES

SUM_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Mix:
    """A named mix. shares: lever name to share of dollars; why: the reason for it, in words."""

    name: str
    title: str
    shares: Mapping[str, float]
    why: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "shares", checked_shares(self.shares))


def checked_shares(mix: Mapping[str, float]) -> Mapping[str, float]:
    """The shares of a mix, read-only and in the order of the levers.

    InputError naming every unknown lever and every share that is not a number in [0, 1], or a sum
    that is off 1 by more than 1e-9.
    """
    if not isinstance(mix, Mapping):
        named = "; by its name it is given to policies.build" if isinstance(mix, str) else ""
        raise InputError(f"mix: {mix!r}: must be a mapping of levers to shares{named}")
    problems = []
    for lever, share in mix.items():
        if lever not in LEVER_NAMES:
            problems.append(f'mix: no lever is called "{lever}"{did_you_mean(lever, LEVER_NAMES)}')
        elif isinstance(share, bool) or not isinstance(share, (int, float)):
            problems.append(f"mix: {lever}: {share!r}: must be a number{number_advice(share)}")
        elif not 0.0 <= share <= 1.0:
            advice = share_advice(share)
            problems.append(f"mix: {lever}: {share!r}: must lie between 0 and 1{advice}")
    if not problems:
        total = math.fsum(mix.values())
        if abs(total - 1.0) > SUM_TOLERANCE:
            problems.append(f"mix: the shares sum to {total:.12g}: must sum to 1")
    if problems:
        raise InputError(*problems)
    return MappingProxyType({name: float(mix[name]) for name in LEVER_NAMES if name in mix})


_MIXES = (
    Mix(
        "balanced",
        "Something for every stage (the default)",
        dict(
            training=0.30,
            campaign=0.15,
            education=0.10,
            channel=0.10,
            investigators=0.20,
            navigators=0.15,
        ),  # fmt: skip
        "Set before any run, and not tuned since. Every stage of the cascade gets a part, so that "
        "no rule wins or loses because the mix forgot the stage that binds in the places it "
        "favours. Recognition gets most (training), because responders are where most reports come "
        "from and the one small-town barrier whose size was measured, denial among agency leaders "
        "(P39), sits there; youth and public together get a little more (campaign, education, "
        "channel: the channel works only where it is known, so it needs the campaign); about a "
        "third goes to what happens after a report (investigators, navigators), because reports "
        "without capacity are not protection. It leaves out what thins onsets (prevention, "
        "economic), so that first onsets are the same under every rule compared, and screening, "
        "whose false reports are studied apart.",
    ),
    Mix(
        "awareness_only",
        "Campaigns and nothing else",
        dict(campaign=1.0),
        "The answer most often given to low reporting; a reference for what it does alone.",
    ),
    Mix(
        "training_only",
        "Training and nothing else",
        dict(training=1.0),
        "The other common answer; shows how far recognition carries without capacity behind it.",
    ),
    Mix(
        "services_first",
        "Capacity and services before more reports",
        dict(training=0.15, channel=0.10, investigators=0.40, navigators=0.35),
        "Three quarters for what happens after a report: the opposite emphasis to the two above.",
    ),
    Mix(
        "small_town_package",
        "What small places are said to lack",
        dict(training=0.35, campaign=0.10, education=0.15, channel=0.20, navigators=0.20),
        "Aimed at each small-town barrier: denial (training), everyone knows everyone (the "
        "confidential channel, and a campaign so that it is known), not being told (education), "
        "distance and no places (navigators). No investigators: small places share them.",
    ),
)

#: Every mix by name.
MIXES: Mapping[str, Mix] = MappingProxyType({mix.name: mix for mix in _MIXES})

#: The mix of every policy that names no other.
DEFAULT_MIX: Mapping[str, float] = MIXES["balanced"].shares
