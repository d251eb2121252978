"""Small real studies of twenty-six kinds: what the report has to find words for.

Each is an experiment file as a mapping; `finished(name)` runs it once a session, without figures.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from ruamel.yaml import YAML

from streetlight.experiments.config.loading import load
from streetlight.experiments.running.runner import run

SMALL: dict[str, Any] = {
    "title": "Who should get the money?",
    "question": "Half a dollar a resident goes to finding youth. Who should get it?",
    "region": {"synthetic": {"n_communities": 40, "seed": 3}},
    "horizon": 3,
    "budget": 2.0,
    "policies": ["per_youth", "last_years_counts", "small_towns_first"],
    "replications": 3,
    "seed": 5,
}
TWO = {"named": {"central": {}, "tight": {"assessment.utilisation": 1.3}}}
TOWNS = """id,name,population,youth,place_class,poverty_share
a,Aville,30000,3000,town,.2
b,Béton,28000,2900,town,.15
c,"Cee, upper",32000,3300,town,.1
d,Dorf,27000,2800,town,.25
"""
NO_POVERTY = "id,name,population\n" + "".join(
    f"E{k:02},Borough {k},{150_000 + 10_000 * k}\n" for k in range(20)
)
NO_YOUTH = "id,name,population,youth\na,A,900,0.9\nb,B,500,0.4\n"

STUDIES: dict[str, dict[str, Any]] = {
    "plain": {},
    "one_behind": {
        "region": {"us_counties": {"states": ["MN", "WI"]}},
        "policies": ["per_youth", "hotspot_rates"], "replications": 4,
        "metrics": {"averted_person_years": {"smallest_difference_that_matters": "5% of gain"}},
    },
    "one_behind_in_less": {
        "region": {"us_counties": {"states": ["MN", "WI"]}},
        "policies": ["hotspot_rates", "poverty_need"], "replications": 4,
        "metrics": {"person_years": {"smallest_difference_that_matters": "5% of gain"}},
    },
    "one_plan": {"policies": ["per_youth"]},
    "twelve_plans": {
        "policies": {
            **{
                name: {}
                for name in (
                    "per_youth", "equal_shares", "last_years_counts", "poverty_need",
                    "small_towns_first", "cumulative_counts", "estimate_based",
                )
            },
            **{f"youth_with_a_long_name_number_{k}": {"rule": "per_youth", "budget": 2.0,
               "mix": {"training": k / 10, "campaign": 1 - k / 10}} for k in range(1, 6)},
        },
        "replications": 2,
    },
    "two_futures": {"futures": TWO},
    "many_futures": {
        "futures": {"sampled": {"n": 18, "parameters": ["incidence.frailty_cv",
                                                        "assessment.utilisation"]}},
        "region": {"synthetic": {"n_communities": 15, "seed": 3}},
        "replications": 2,
    },
    "no_youth_found": {"parameters": {"assessment.substantiation": 0.0}},
    "identical_plans": {
        "policies": {"per_youth": {}, "heads": {"rule": "per_youth"}, "equal_shares": {}}
    },
    "two_budgets": {
        "policies": {f"{rule}_{money:g}": {"rule": rule, "budget": money}
                     for rule in ("per_youth", "small_towns_first") for money in (1.0, 4.0)}
    },
    "phased_budget": {
        "policies": {
            "per_youth": {},
            "first_small_then_heads": {
                "schedule": [{"from_year": 0, "policy": "small_towns_first"},
                             {"from_year": 1, "policy": "per_youth"}]
            },
            "rising": {"rule": "per_youth", "class_mixes": {"rural": "training_only"},
                       "budgets": [{"from_year": 0, "dollars": 0.0},
                                   {"from_year": 1, "dollars": 1.0}]},
        }
    },
    "four_towns": {"region": {"csv": "towns.csv"}},
    "no_poverty": {"region": {"csv": "boroughs.csv"}},
    "almost_no_youth": {"region": {"csv": "nobody.csv", "accept": ["shares"]}, "horizon": 2},
    "one_replicate": {"replications": 1, "futures": TWO},
    "one_year": {"horizon": 1},
    "burn_in_one": {"parameters": {"time.burn_in_years": 1}},
    "burn_in_five": {"parameters": {"time.burn_in_years": 5}, "horizon": 2},
    "no_money": {"budget": 0.0},
    "less_is_better": {"metrics": ["person_years", "false_investigated"]},
    "of_gain": {"metrics": {"averted_person_years":
                            {"smallest_difference_that_matters": "5% of gain"},
                            "identified": {}, "worst_class_identified_share": {}}},
    "references_alone": {"policies": ["information_oracle"]},
    "own_baseline": {"policies": ["per_youth", "small_towns_first"], "baseline": "per_youth"},
    "readings": {
        "futures": {
            "named": {
                "central": {},
                "recording_alone": {"attention.reading": "recording"},
                "effort_fills": {"attention.reading": "effort", "attention.money": "fills"},
            }
        },
        "policies": ["per_youth", "last_years_counts"],
    },
    "rural_alone": {"region": {"us_counties": {"states": ["VT"], "place_classes": ["rural"]}}},
    "shocks": {
        "shocks": {"campaigns": {"kind": "campaign", "places": {"place_classes": ["town"]},
                                 "year": 1, "weeks": 26, "size": 4}},
        "futures": {"named": {"quiet": {}, "attention": {"shocks": ["campaigns"]}}},
    },
}  # fmt: skip


@cache
def folder() -> Path:
    """Where the studies of this session are."""
    here = Path(mkdtemp(prefix="studies"))
    for name, text in (
        ("towns.csv", TOWNS), ("boroughs.csv", NO_POVERTY), ("nobody.csv", NO_YOUTH),
    ):  # fmt: skip
        (here / name).write_text(text, encoding="utf-8")
    return here


@cache
def finished(name: str) -> Path:
    """The results folder of one of the studies."""
    file = folder() / f"{name}.yaml"
    with file.open("w", encoding="utf-8") as stream:
        YAML().dump({**SMALL, **STUDIES[name]}, stream)
    done = run(load(str(file)), folder() / name, workers=1, figures="none")
    assert not done.failures, done.failures[0]
    return done.folder
