"""The controls: small regions where theory says how the rules must compare, run before any league.

    python -m studies.controls

prints the tables of docs/controls.md (a few minutes).

All start from one world of *equal ascertainment*: no small-town barriers, every place class alike,
screening alike, no false reports, no feedback, publicity or gaps in publication, no fixed costs,
communities of 100,000 to 1,000,000 people. Each changes one thing.

i. `equal_ascertainment`: a covariate that has nothing to do with size spreads the truth tenfold.
   Following counts must come within Monte-Carlo error of the information oracle, and beat equal
   shares and small towns first. Why: with levers linear in dollars a head, money averts in
   proportion to the truth it meets, so giving by truth averts 1 + CV^2 times what giving by head
   does (CV: variation of the rates over youth), whatever the sizes; saturation and capacity make
   it less. Counts are then truth with a little noise.
ii. `cities`: truth higher in cities. Following counts must beat the same two rules.
iii. `attention`: trained share and hotline awareness by class correlate with truth by class, at
   +0.5, 0 and -0.5. What following counts loses to the oracle must grow as the correlation falls.
iv. `flat` and `flat_sizes`: nothing differs (or sizes only). Rules that give by head must tie: the
   same dollars and the same metrics.
v. `full_record`: all counties with even effort, full recording and everyone publishing. All counts
   so far must not be worse than heads, and last year's counts not worse than heads with the noise
   of a year's counts (`noisy_heads`).

Two variants of (i) show what its result hangs on: without a limit to capacity, and with false
reports. Nothing is tuned to an outcome: the mix and budget are the defaults, and the differences
between classes use the ranges of the parameter cards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from streetlight.experiments.analyse.intervals import Estimate, estimate
from streetlight.model.arrays import FloatArray
from streetlight.model.money import policies
from streetlight.model.money.policies import Policy
from streetlight.model.outcomes import summarise
from streetlight.model.run.simulation import draw_world, run_policy
from studies.control_worlds import (
    Control,
    attention,
    cities,
    equal_ascertainment,
    flat,
    flat_sizes,
    full_record,
    linear_case,
    linear_gain,
    noisy_heads,
    with_false_reports,
)

ORACLE = "information_oracle"
COUNTS = "last_years_counts"
RULES = ("equal_shares", "per_youth", COUNTS, "poverty_need", "small_towns_first")
#: Rules that following counts must beat; where communities are of one size they give by head too.
BY_PLACE = ("equal_shares", "small_towns_first")
BY_HEAD = ("per_youth", "poverty_need", ORACLE)  # the same dollars where nothing but size differs
ALL_COUNTS, NOISE = "cumulative_counts", "noisy_heads"
CORRELATIONS = (0.5, 0.0, -0.5)

YEARS = 6
REPLICATES = 20
FULL_REPLICATES = 8  # of (v), all counties
ATTENTION_REPLICATES = 60  # of each half of (iii), where the differences are small
FUTURE = "controls"  # all controls draw their worlds from the same random numbers
CLOSE = 0.1  # of the oracle's lead over equal shares: what following counts may lose in (i), (ii)
BUDGET = 0.5  # dollars a resident and year


# ------------------------------------------------------------------------------ running them


@dataclass(frozen=True)
class Runs:
    """What the rules did in the same worlds.

    averted: rule to person-years averted (R,) by replicate; metrics: rule to one dict of metrics a
    replicate; allocated: rule to dollars (R, C) over all years; person_years: without policy (R,).
    """

    control: Control
    averted: dict[str, FloatArray]
    metrics: dict[str, list[dict[str, float]]]
    allocated: dict[str, FloatArray]
    person_years: FloatArray

    def mean(self, rule: str) -> Estimate:
        """Person-years averted by a rule."""
        return estimate(self.averted[rule][None])

    def ahead(self, rule: str, other: str) -> Estimate:
        """Person-years a rule averts more than another, paired by world."""
        return estimate((self.averted[rule] - self.averted[other])[None])


def run_control(
    control: Control,
    rules: Sequence[str | Policy] = (*RULES, ORACLE),
    *,
    replicates: int = REPLICATES,
    years: int = YEARS,
    mix: str = "balanced",
) -> Runs:
    """Every rule and no spending in the same worlds, one a replicate; a policy stands as it is.

    Controls with the same region and truth also have the same first spells, replicate by replicate.
    """
    built = [
        policies.build(rule, budget=BUDGET, mix=mix) if isinstance(rule, str) else rule
        for rule in rules
    ]
    chosen = {policy.name: policy for policy in built}
    runs = Runs(control, {}, {rule: [] for rule in chosen}, {}, np.empty(replicates))
    allocated = np.empty((len(rules), replicates, control.region.n_communities))
    for r in range(replicates):
        world = draw_world(
            control.parameters, control.region, future=FUTURE, replicate=r, years=years
        )
        baseline = run_policy(world, policies.build("none"))
        for k, (rule, policy) in enumerate(chosen.items()):
            history = run_policy(world, policy)
            runs.metrics[rule].append(summarise(history, baseline).metrics)
            allocated[k, r] = history.spending.allocated.sum(axis=(0, 2))
        runs.person_years[r] = summarise(baseline, baseline).metrics["person_years"]
    for k, rule in enumerate(chosen):
        runs.allocated[rule] = allocated[k]
        runs.averted[rule] = np.array([m["averted_person_years"] for m in runs.metrics[rule]])
    return runs


# ------------------------------------------------------------------------------ what must hold

Claim = tuple[str, bool]


def ties(difference: Estimate) -> bool:
    """Whether the 95% interval of a paired difference holds 0."""
    return difference.low <= 0.0 <= difference.high


def beats(runs: Runs, rule: str, others: Sequence[str]) -> list[Claim]:
    """A rule averts more than each of the others, by paired 95% intervals."""
    return [(f"{rule} beats {other}", runs.ahead(rule, other).low > 0.0) for other in others]


def close(runs: Runs) -> Claim:
    """Following counts surely loses less to the oracle than `CLOSE` of its lead."""
    lead = runs.ahead(ORACLE, "equal_shares").mean
    surely = runs.ahead(COUNTS, ORACLE).low > -CLOSE * lead
    return f"{COUNTS} loses less than {CLOSE:.0%} of the oracle's lead over equal_shares", surely


def claims_of_equal(runs: Runs) -> list[Claim]:
    """(i) What must hold under equal ascertainment."""
    within = f"{COUNTS} within Monte-Carlo error of {ORACLE}"
    return [
        (within, ties(runs.ahead(COUNTS, ORACLE))), close(runs), *beats(runs, COUNTS, BY_PLACE),
    ]  # fmt: skip


def claims_of_cities(runs: Runs) -> list[Claim]:
    """(ii) What must hold with truth higher in cities."""
    return [close(runs), *beats(runs, COUNTS, BY_PLACE)]


def claims_of_theory(runs: Runs) -> list[Claim]:
    """(i) without a limit to capacity: the oracle's gain, against levers that never saturate.

    Giving in proportion to truth is not the best there: more than proportional averts more, and
    following counts, which rise where money is spent, gives a little more than proportionally.  So
    it may be ahead of the oracle, by less than `CLOSE` of its lead.
    """
    by_head, limit = runs.mean("per_youth").mean, linear_gain(runs.control)
    gain = runs.mean(ORACLE).mean / by_head
    at_most = f"{ORACLE} averts {gain:.2f} x per_youth: above 1, at most {limit:.2f} (linear)"
    error = (runs.ahead(ORACLE, "per_youth").high - runs.ahead(ORACLE, "per_youth").low) / 2.0
    ahead, lead = runs.ahead(COUNTS, ORACLE), runs.ahead(ORACLE, "equal_shares").mean
    level = f"{COUNTS} less than {CLOSE:.0%} of that lead ahead of {ORACLE}"
    return [
        (at_most, 1.0 < gain <= limit + error / by_head),
        close(runs),
        (level, ahead.high < CLOSE * lead),
        *beats(runs, COUNTS, BY_PLACE),
    ]


def claims_of_false_reports(runs: Runs) -> list[Claim]:
    """(i) with false reports, which follow youth and not truth: the counts mislead a little."""
    behind = runs.ahead(COUNTS, ORACLE).high < 0.0
    return [(f"{COUNTS} falls behind {ORACLE}", behind), *beats(runs, COUNTS, BY_PLACE)]


def run_full_record(states: Sequence[str] | None = None, replicates: int = FULL_REPLICATES) -> Runs:
    """(v) Heads, counts, and heads with the noise of counts."""
    noise = Policy(NOISE, noisy_heads, policies.MIXES["balanced"].shares, BUDGET)
    rules = ("per_youth", ALL_COUNTS, COUNTS, noise)
    return run_control(full_record(states), rules, replicates=replicates)


def claims_of_full_record(runs: Runs) -> list[Claim]:
    """(v) Counts lose nothing but what the noise of one year costs."""
    return [
        (f"{ALL_COUNTS} not worse than per_youth", runs.ahead(ALL_COUNTS, "per_youth").high >= 0),
        (f"{COUNTS} not worse than {NOISE}", runs.ahead(COUNTS, NOISE).high >= 0),
    ]


def same_metrics(a: Sequence[dict[str, float]], b: Sequence[dict[str, float]]) -> bool:
    """Whether all metrics of all replicates agree to 1e-9 relative; NaN agrees with NaN."""
    return all(
        np.allclose(list(x.values()), list(y.values()), rtol=1e-9, atol=1e-9, equal_nan=True)
        for x, y in zip(a, b, strict=True)
    )


def claims_of_flat(runs: Runs, rules: Sequence[str]) -> list[Claim]:
    """(iv) These rules give the same dollars and have the same metrics as per youth."""
    dollars, metrics = runs.allocated["per_youth"], runs.metrics["per_youth"]
    return [
        (
            f"{rule} ties with per_youth: same dollars, same metrics",
            np.allclose(runs.allocated[rule], dollars, rtol=1e-12)
            and same_metrics(runs.metrics[rule], metrics),
        )
        for rule in rules
    ]


def gap(halves: Sequence[Runs]) -> FloatArray:
    """(iii) What following counts loses to the oracle (R,), mean over the two halves."""
    gaps = [runs.averted[ORACLE] - runs.averted[COUNTS] for runs in halves]
    return np.asarray(np.mean(gaps, axis=0))


def claims_of_attention(gaps: dict[float, FloatArray]) -> list[Claim]:
    """(iii) The gap grows as the correlation falls, paired by replicate: surely over the range."""
    high, _, low = CORRELATIONS
    whole = estimate((gaps[low] - gaps[high])[None])
    means = [float(gaps[rho].mean()) for rho in CORRELATIONS]
    return [
        (f"gap at {low:+g} less gap at {high:+g}: {shown(whole)}, above 0", whole.low > 0.0),
        ("mean gaps in the order of the correlations", means == sorted(means)),
    ]


# ------------------------------------------------------------------------------ the tables


def shown(e: Estimate) -> str:
    """A mean and its 95% interval."""
    return f"{e.mean:.1f} [{e.low:.1f}, {e.high:.1f}]"


def print_runs(runs: Runs) -> None:
    """One control as a table: person-years averted, and more than the oracle."""
    n, c = len(runs.person_years), runs.control.region.n_communities
    without = shown(estimate(runs.person_years[None]))
    print(f"\n### {runs.control.name}\n")
    reference = ORACLE if ORACLE in runs.averted else "per_youth"
    print(f"n = {n} worlds of {c} communities, {YEARS} years; without policy {without}.\n")
    print(f"| rule | person-years averted | more than {reference} |\n| --- | --- | --- |")
    for rule in runs.averted:
        print(f"| `{rule}` | {shown(runs.mean(rule))} | {shown(runs.ahead(rule, reference))} |")


def print_claims(claims: Sequence[Claim]) -> None:
    """Claims, and whether they came out."""
    print()
    for text, holds in claims:
        print(f"- {'holds' if holds else 'FAILS'}: {text}")


def run_attention(replicates: int = ATTENTION_REPLICATES) -> dict[float, list[Runs]]:
    """(iii) Both halves at every correlation."""
    rules = ("per_youth", COUNTS, ORACLE)
    return {
        rho: [run_control(attention(rho, sign), rules, replicates=replicates) for sign in (1, -1)]
        for rho in CORRELATIONS
    }


def main() -> int:
    """Run all controls and print their tables; 1 if a claim fails."""
    parts = (
        (equal_ascertainment(), claims_of_equal),
        (linear_case(), claims_of_theory),
        (with_false_reports(), claims_of_false_reports),
        (cities(), claims_of_cities),
        (flat(), lambda runs: claims_of_flat(runs, (*BY_HEAD, *BY_PLACE))),
        (flat_sizes(), lambda runs: claims_of_flat(runs, BY_HEAD)),
    )
    judged = [(run_control(control), judge) for control, judge in parts]
    all_claims = []
    for runs, judge in [*judged, (run_full_record(), claims_of_full_record)]:
        claims = judge(runs)
        print_runs(runs)
        print_claims(claims)
        all_claims += claims
    pairs = run_attention()
    for rho, halves in pairs.items():
        for runs in halves:
            print_runs(runs)
        print(f"\nGap at {rho:+g}, mean of both halves: {shown(estimate(gap(halves)[None]))}")
    gaps = {rho: gap(halves) for rho, halves in pairs.items()}
    for a, b in zip(CORRELATIONS[1:], CORRELATIONS, strict=False):
        print(f"\nGap at {a:+g} less gap at {b:+g}: {shown(estimate((gaps[a] - gaps[b])[None]))}")
    claims = claims_of_attention(gaps)
    print_claims(claims)
    return 0 if all(holds for _, holds in [*all_claims, *claims]) else 1


if __name__ == "__main__":
    raise SystemExit(main())
