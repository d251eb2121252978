"""How fast the plain model is, for `streetlight bench`.

from tests.plain_model.speed import youth_weeks_per_second
"""

from __future__ import annotations

import time

from streetlight.model.communities.region import Region
from streetlight.model.on_average import cascade, onsets
from streetlight.model.parameters import Parameters

from .model import PlainModel


def youth_weeks_per_second(parameters: Parameters, region: Region, years: int = 1) -> float:
    """Weeks of youth aged 10-17 lived in a second of the whole cascade, in its policy years.

    The region's youth (10-17), as in the engine's own figure, although only those aged 12-17 are
    objects that live every week.  Filling and burn-in come first and are not timed, so that there
    are as many spells as there would be; nor is building the objects.  One process, a fixed seed.
    """
    expected = cascade.expected_cascade(parameters, region)
    scale = cascade.false_scale(parameters, region)
    model = PlainModel(
        parameters, region, years=years, seed=1, false_scale=scale,
        rate_norm=onsets.rate_norm(parameters, region),
        baseline_investigators=cascade.baseline_investigators(
            parameters, region, expected, scale
        ),
        noise_calls=cascade.expected_noise(parameters, region),
    )  # fmt: skip
    while not model.in_policy_years:
        model.step()
    start, n_steps = time.perf_counter(), 0
    while model.running:
        model.step()
        n_steps += 1
    seconds = time.perf_counter() - start
    model.release()
    weeks = n_steps * 52.0 / parameters.time.steps_per_year
    return float(region.total_youth * weeks / seconds)
