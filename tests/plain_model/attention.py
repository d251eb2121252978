"""Section 3, attention: effort, what a place writes down, who takes part; posts that are seen."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist, fmean
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

from streetlight.model.arrays import FloatArray
from streetlight.model.communities.region import Region
from streetlight.model.parameters import Parameters

if TYPE_CHECKING:
    from .community import Community
    from .model import PlainModel

NORMAL = NormalDist()
MOST_EFFORT = 6.0
AGENCIES_OF_THE_PAGE = ("police", "child welfare", "hotline", "others")
POLICE, CHILD_WELFARE, HOTLINE, OTHERS = range(4)
#: By channel: self, confidant, public, school, health, child welfare, police, youth services,
#: platforms.
AGENCY_OF_CHANNEL = (
    HOTLINE, HOTLINE, HOTLINE, OTHERS, OTHERS, CHILD_WELFARE, POLICE, OTHERS, POLICE,
)  # fmt: skip


@dataclass(frozen=True)
class Attention:
    """What is drawn of a community's attention.

    effort: by year from the start of filling; lasting: what posts follow; books: share of reports
    that enter them, by year and agency; publishing: normal score of taking part, by year; trained,
    denial, norm: fixed points of responders and public.
    """

    effort: list[float]
    lasting: float
    books: list[list[float]]
    publishing: list[float]
    trained: float
    denial: float
    norm: float


def looked(own: float, bought: float, rest: float, now: float) -> float:
    """What the place's own effort makes of a value, and what is bought of the rest of it."""
    return own * min(rest, now) + bought * max(0.0, now - rest)


class Effort:
    """G: gamma of mean 1, of which what is above 6 becomes 6, divided by the mean that is left."""

    def __init__(self, cv: float) -> None:
        self.cv = cv
        if cv > 0.0:
            self.shape = cv**-2
            most = MOST_EFFORT * self.shape
            below = special.gammainc(self.shape + 1.0, most)  # what is below 6 adds to the mean
            self.mean_left = below + MOST_EFFORT * special.gammaincc(self.shape, most)

    def __call__(self, score: Any) -> Any:
        """Effort at a normal score, or at each of several."""
        if self.cv == 0.0:
            return np.ones_like(score)
        whole = special.gammaincinv(self.shape, special.ndtr(score)) / self.shape
        return np.minimum(whole, MOST_EFFORT) / self.mean_left

    def mean_power(self, power: float) -> float:
        """Mean of G to a power, from the incomplete gamma functions."""
        if self.cv == 0.0:
            return 1.0
        most = MOST_EFFORT * self.shape
        below = special.gammainc(self.shape + power, most) * special.poch(self.shape, power)
        at_most = most**power * special.gammaincc(self.shape, most)
        return float((below + at_most) / (self.mean_left * self.shape) ** power)


def moving(shocks: Sequence[float], correlation: float) -> list[float]:
    """y_t of standard normals, a year each."""
    score, scores = shocks[0], [shocks[0]]
    for shock in shocks[1:]:
        score = correlation * score + math.sqrt(1.0 - correlation**2) * shock
        scores.append(score)
    return scores


def shifted(share: float, logit: float) -> float:
    """A share moved on the scale of logits."""
    return 1.0 / (1.0 + (1.0 - share) / share * math.exp(-logit)) if share > 0.0 else 0.0


def draw_attention(model: PlainModel, frailty: FloatArray) -> list[Attention]:
    """Attention of every community."""
    parameters, region = model.parameters, model.region
    clock = model.clock
    years = clock.filling_years + clock.burn_in_years + clock.policy_years
    draw = model.rng.standard_normal
    in_common: dict[Any, FloatArray] = defaultdict(lambda: draw(2))  # of effort, of recording
    drawn = []
    for i in range(len(region.population)):
        area = in_common[area_of(region, i)]
        k = int(region.place_class[i])
        effort, lasting = [1.0] * years, 1.0
        shifts = np.zeros(3)
        if parameters.attention.effort_differs:
            effort, lasting = _effort(
                parameters, region, i, float(frailty[i]), area[0], draw, years
            )
            shifts = parameters.attention.class_spread * draw(3)
        books = [[1.0] * 4] * years
        if parameters.attention.recording_differs:
            books = _books(parameters, area[1], draw, years)
            if model.rng.random() < parameters.attention.of(parameters.recording.never):
                books = [[0.0] * 4] * years
        drawn.append(
            Attention(
                effort, lasting, books,
                moving(draw(years).tolist(), parameters.recording.participation_ar),
                shifted(parameters.training.trained_share[k], shifts[0]),
                shifted(parameters.denial.leaders[k], shifts[1]),
                shifted(parameters.awareness.hotline[k], shifts[2]),
            )
        )  # fmt: skip
    return drawn


def area_of(region: Any, i: int) -> tuple[str, str]:
    """The column `area`, or the state; a community without is an area of its own."""
    name = region.extras.get("area", region.state)[i]
    return ("area", name) if name else ("alone", region.ids[i])


@cache
def us_counties() -> Region:
    """The built-in table, read once."""
    return Region.us_counties()


def _us_score(of_place: float, of_counties: FloatArray) -> float:
    score = (of_place - np.mean(of_counties)) / np.std(of_counties)
    return float(min(3.0, max(-3.0, score)))


def _explained(parameters: Parameters, region: Any, i: int, frailty: float, own: float) -> float:
    """h: what effort has in common with hidden risk, population and poverty."""
    attention, cv = parameters.attention, parameters.incidence.frailty_cv
    h, us = 0.0, us_counties()
    if attention.with_truth:
        hidden = own  # without frailty a normal of the community stands for it
        if cv > 0.0:
            hidden = float(special.ndtri(special.gammainc(cv**-2, frailty / cv**2)))
        h += attention.with_truth * hidden
    if attention.with_population:
        population = math.log(region.population[i])
        h += attention.with_population * _us_score(population, np.log(us.population))
    if attention.with_poverty:
        poverty = float(region.poverty_share[i])
        h += attention.with_poverty * _us_score(poverty, us.poverty_share)
    return h


def _effort(
    parameters: Parameters, region: Any, i: int, frailty: float, area: float, draw: Any, years: int
) -> tuple[list[float], float]:
    """Effort by year, and lasting effort."""
    attention = parameters.attention
    a, q = attention.of(attention.effort_area_share), attention.of(attention.effort_year_share)
    h2 = attention.with_truth**2 + attention.with_population**2 + attention.with_poverty**2
    g = Effort(attention.of(attention.effort_cv))
    own, hidden = draw(2).tolist()
    h = _explained(parameters, region, i, frailty, hidden)
    lasting = h + math.sqrt(a) * area + math.sqrt(max(0.0, 1.0 - a - q - h2)) * own
    level = attention.of(attention.effort_level)
    yearly = moving(draw(years).tolist(), attention.of(attention.effort_year_ar))
    efforts = level * g(lasting + math.sqrt(q) * np.array(yearly))
    return efforts.tolist(), float(g(lasting / math.sqrt(1.0 - q))) if q < 1.0 else 1.0


def _books(parameters: Parameters, area: float, draw: Any, years: int) -> list[list[float]]:
    """Shares of reports that enter the books of a place that records, by year and agency."""
    recording, of = parameters.recording, parameters.attention.of
    a, q = of(recording.recorded_area_share), of(recording.recorded_year_share)
    alike = recording.agencies_alike
    mean = recording.recorded / (1.0 - of(recording.never))
    size = (1.0 - mean) / mean / of(recording.recorded_cv) ** 2 - 1.0

    def m(u: Any, v: Any) -> Any:
        return math.sqrt(alike) * u + math.sqrt(1.0 - alike) * v

    own, of_place = draw(), draw(years)
    scores = []
    for _ in range(4):
        moves = moving(m(of_place, draw(years)).tolist(), recording.recorded_year_ar)
        lasting = math.sqrt(a) * area + math.sqrt(1.0 - a - q) * m(own, draw())
        scores.append([lasting + math.sqrt(q) * y for y in moves])
    shares = special.betaincinv(mean * size, (1.0 - mean) * size, special.ndtr(np.array(scores)))
    return [list(row) for row in shares.T.tolist()]


def score_of_taking_part(community: Community) -> float:
    """Section 9: the normal score below which a community takes part in publication."""
    parameters = community.model.parameters
    recording, k = parameters.recording, community.place
    small, large = recording.publish_small, recording.publish_large
    big = community.population / (community.population + recording.publish_population)
    chance = small + (large - small) * big
    if not 0.0 < chance < 1.0:
        return math.copysign(math.inf, chance - 0.5)
    usual_training, usual_denial = (
        parameters.training.trained_share[k],
        parameters.denial.leaders[k],
    )
    trained = fmean(responder.trained for responder in community.responders)
    denial = fmean(responder.denial for responder in community.responders)
    score = NORMAL.inv_cdf(chance)
    score += recording.participation_training * (trained - usual_training) / (1.0 - usual_training)
    if usual_denial > 0.0:
        score += recording.participation_denial * (usual_denial - denial) / usual_denial
    return score


def takes_part(community: Community, luck: float) -> bool:
    """Section 9: whether a normal score lets a community take part, records posts bought or not."""
    score, bought = score_of_taking_part(community), community.recording
    if not bought:
        return luck < score
    chance = NORMAL.cdf(score)
    return NORMAL.cdf(luck) < chance + (1.0 - chance) * bought


def seen_posts(
    parameters: Parameters,
    region: Any,
    counted_youth: Sequence[float],
    attention: Sequence[Attention],
) -> list[float]:
    """Section 8: baseline investigators that a government sees a need for."""
    assessment, exponent = parameters.assessment, parameters.assessment.posts_exponent
    usual = 1.0
    if parameters.attention.effort_differs:
        cv = parameters.attention.of(parameters.attention.effort_cv)
        usual = Effort(cv).mean_power(exponent)
    return [
        assessment.investigators[int(k)] * float(youth) / 100_000 / assessment.utilisation
        * drawn.lasting**exponent / usual
        for k, youth, drawn in zip(region.place_class, counted_youth, attention, strict=True)
    ]  # fmt: skip
