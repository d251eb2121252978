"""What an experiment built in Python says and does not hold: manifests would tell it as true."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from streetlight.experiments.schema.types import CURRENCY
from streetlight.model.errors import InputError, did_you_mean
from streetlight.model.money.policies import RULES, Policy
from streetlight.model.parameters import Parameters


def problems_of_words(title: Any, currency: Any) -> Iterator[str]:
    """What is wrong with a title and a currency."""
    if not isinstance(title, str):
        yield f"title: {title!r}: must be text"
    if not (isinstance(currency, str) and re.fullmatch(CURRENCY, currency)):
        yield f"currency: {currency!r}: must be three capital letters, as GBP"


def problems_of_names(
    metrics: Iterable[str], policies: Sequence[Policy], titles: Iterable[str]
) -> Iterator[str]:
    """Metrics that stand there twice, titles of nobody, and policies with the name of a rule."""
    if twice := [name for name, n in Counter(metrics).items() if n > 1]:
        yield f"metrics: names must differ: {', '.join(twice)}"
    named = {policy.name: policy for policy in policies}
    for name in titles:
        if name not in named:
            yield f'policy_titles: no policy is called "{name}"{did_you_mean(name, named)}'
    for name, policy in named.items():
        if name in RULES and policy.rule is not RULES[name].function:
            yield f"policies: {name}: is the name of another rule; give it a name of its own"


def problems_of_values(futures: Iterable[Any], overrides: Mapping[str, Any]) -> Iterator[str]:
    """Named futures with other parameters than the overrides say, which is what manifests tell."""
    for future in futures:
        if future.sampled:  # a design makes both
            continue
        try:
            said = Parameters().with_values({**overrides, **future.overrides})
        except InputError as error:
            yield from (f"futures: {future.name}: {text}" for text in error.problems)
            continue
        if said != future.parameters:
            yield (
                f"futures: {future.name}: holds {future.parameters!r}, and the overrides say "
                f"{said!r}: make it by Future.of; what all futures share is its base and the "
                "overrides of the experiment"
            )
