"""Budgets of an experiment file: tables, lists that make grids, costs, and what is refused."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from fake_engine import FAKE

from streetlight import policies
from streetlight.experiments.analyse.fingerprint import problems_of_folder
from streetlight.experiments.commands.show import described
from streetlight.experiments.config.loading import load
from streetlight.experiments.experiment import Experiment
from streetlight.experiments.running.design import without_name
from streetlight.experiments.running.replay import replay
from streetlight.experiments.running.runner import run
from streetlight.model.errors import InputError
from streetlight.model.names import LEVER_INDEX

REGION = """\
id,name,population,youth,place_class
01,Alpha,9000,900,rural
02,Beta,50000,5000,small metro
03,"Gam, ma",1000,100,town
"""
HEAD = "title: Mine\nregion: {csv: region.csv}\nhorizon: 4\n"


@pytest.fixture
def mine(tmp_path: Path) -> Any:
    """A function that loads an experiment of three places; plan: the text of plan.csv."""

    def loaded(text: str, plan: str = "", **more: Any) -> Experiment:
        (tmp_path / "region.csv").write_text(REGION, encoding="utf-8")
        (tmp_path / "plan.csv").write_text(plan, encoding="utf-8")
        (tmp_path / "mine.yaml").write_text(HEAD + text, encoding="utf-8")
        return load(tmp_path / "mine.yaml", **more)

    return loaded


def names(experiment: Experiment) -> list[str]:
    """The policies on offer."""
    return [policy.name for policy in experiment.policies]


def test_a_table_is_the_baseline_and_a_policy(mine: Any) -> None:
    """Every sum stands where the file has it; a resident's part of it is told."""
    text = "baseline: {table: plan.csv, title: Today}\npolicies: {more: {table: plan.csv}}\n"
    plan = "policy,community,lever,year,dollars\nbaseline,02,training,,600\n"
    plan += "more,02,training,0,600\nmore,01,campaign,3,0.5\n"
    experiment = mine(text, plan)
    base, more = (experiment.tables[name].amounts for name in ("baseline", "more"))
    assert base.shape == (1, 3, 13) and base.sum() == base[0, 1, LEVER_INDEX["training"]] == 600.0
    assert more.shape == (4, 3, 13) and more[3, 0, LEVER_INDEX["campaign"]] == 0.5
    resolved = experiment.resolved()["policies"]
    assert resolved["baseline"]["budget"] == pytest.approx(0.01)
    assert resolved["baseline"]["title"] == "Today"
    assert resolved["more"]["budgets"] == pytest.approx([0.01, 0, 0, 0.5 / 60_000])
    assert resolved["more"]["budget"] == pytest.approx(600.5 / 60_000 / 4)


WRONG_CELLS = [
    ("community,dollars\nXX,5", """2: column "community": value 'XX': no community of the"""),
    ("community,dollars\nBeta,5", """must be an id of the region; "Beta" is '02'"""),
    ("community,dollars\n2,5", """value '2': no community of the region has this id (did you"""),
    ("community,dollars\n,5", """column "community": value '': required"""),
    ("community,lever,dollars\n01,trainng,5", 'column "lever": value \'trainng\': must be one'),
    ("community,lever,dollars\n01,training,5\n02,,6", "3: column \"lever\": value '': blank here"),
    ("community,year,dollars\n01,4,5", "value '4': must be a policy year, from 0, the first, to 3"),
    ("community,year,dollars\n01,2026,5", "value '2026': must be a policy year"),
    ("community,year,dollars\n01,1.0,5", "value '1.0': must be a policy year"),
    ("community,dollars\n01,-5", "column \"dollars\": value '-5': must be dollars a"),
    ("community,dollars\n01,nan", "value 'nan': must be dollars a year"),
    ("community,dollars\n01,1e400", "value '1e400': must be dollars a year"),
    ('community,dollars\n01,"$1,200"', "without signs and separators: 1200"),
    ('community,dollars\n01,"1.200,50"', "without signs and separators: 1200.50"),
    ("community,dollars\n01,12.000\n02,3.500", "with a point have three decimals; write 12000"),
    ("community,dollars\n01,12.000\n02,500", "with a point have three decimals; write 12000"),
    ("community,dollars\n01,", "value '': required: dollars a year"),
    ("community,dollars\n01,5\n01,6", "3: column \"community\": value '01': stands in line 2"),
    ("community,share\n01,0.6\n02,0.6", 'column "share": plan: the shares sum to 1.2: must'),
    ("community,year,share\n01,1,0.6\n02,1,0.6", "the shares sum to 1.2 in year 1: must sum"),
    ("community,share\n01,60%", "must be a share from 0 to 1: 0.6"),
    ("community,share\n01,40", "if it is a percentage, divide by 100: 0.4"),
    ("community,dollars,share\n01,5,\n02,,0.5", "must be blank: the plan is in dollars"),
    ("community,lever\n01,training", 'column "dollars" or "share": one of them is required'),
    ("id,dollars\n01,5", 'column "id": did you mean "community"? Rename it, or add that column'),
    ("community,lever,amount\n01,training,5", 'column "amount": did you mean "dollars"?'),
    ("community,dollars,dollars\n01,5,6", 'column "dollars": appears more than once'),
    ("policy,community,dollars\nplan,01,5\nother,01,6", "value 'other': no policy of the"),
    ("policy,community,dollars\nbaseline,01,5", 'plan.csv: has no row of the policy "plan"'),
    ("community;dollars\n01;5", "separated by ';'; use commas"),
    ("community,dollars\n01,5,6", "2: 3 cells; the header has 2"),
    ("", "is empty; the first line must be the header"),
]  # fmt: skip


@pytest.mark.parametrize(("plan", "message"), WRONG_CELLS)
def test_what_is_wrong_in_a_table_is_named(mine: Any, plan: str, message: str) -> None:
    """File, line, column, value and what is allowed."""
    with pytest.raises(InputError) as caught:
        mine("policies: {plan: {table: plan.csv}}\n", plan)
    assert message in str(caught.value) and "plan.csv" in str(caught.value)


def test_all_that_is_wrong_is_named_at_once(mine: Any) -> None:
    """The table's problems come after those of the experiment file, in the order of its lines."""
    plan = "community,lever,year,dollars\n09,training,0,x\n01,trainin,9,-1\n"
    with pytest.raises(InputError) as caught:
        mine("seed: -1\npolicies: {plan: {table: plan.csv}}\n", plan)
    places = [line.rpartition("/")[2].split(": ")[:2] for line in caught.value.problems]
    assert places == [
        ["mine.yaml:4:7", "seed"],
        ["plan.csv:2", 'column "dollars"'], ["plan.csv:2", 'column "community"'],
        ["plan.csv:3", 'column "dollars"'], ["plan.csv:3", 'column "lever"'],
        ["plan.csv:3", 'column "year"'],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("policies: {p: {table: q.csv}}", "4:23: table: "),
        ("policies: {p: {table: plan.csv, budget: 1}}", "budget: the table says how many dollars"),
        ("policies: {p: {table: plan.csv, mix: balanced}}", "mix: the table says what is bought"),
        ("policies: {p: {table: plan.csv, rule: per_youth}}", "must have one of rule (with its"),
        ("policies: {per_youth: {table: plan.csv}}", "is the name of another rule"),
        ("baseline: {}\npolicies: [per_youth]", "4:11: policy: baseline: is no rule's name"),
        ("baseline: {rule: per_youth}\nbudget: [1, 2]\npolicies: [hotspots]",
         "baseline: must be one policy; give it one budget and mix"),
        ("baseline: {rule: per_youth}\npolicies: {baseline: {rule: hotspots}}",
         "a policy of this name stands among the policies too"),
        ("baseline: {rule: per_youth, only_part: true}\npolicies: [hotspots]", "a baseline is no"),
        ("policies: [{table: plan.csv}]", "must be a name; in the place of the list, a mapping"),
        ("baseline: per_youth\nbudget: [1, 2]\npolicies: [per_youth]",
         "must be one of: none, per_youth_100_cents, per_youth_200_cents"),
        ("budget: [1]\npolicies: [per_youth]", "budget: [1]: must have 2 items or more"),
        ("budget: [1, 1]\npolicies: [per_youth]", "4:13: budget: 1: listed twice"),
        ("mix: [balanced, {training: 0.9}]\npolicies: [per_youth]", "4:17: mix: the shares sum to"),
        ("policies: {a: {rule: per_youth, budget: [1, 2]}, b: {blend: {a: 1.0}}}",
         "blend: a: is several policies; a part has one budget and mix"),
        ("budget: [1, 2]\npolicies: {per_youth: {}, per_youth_100_cents: {rule: none}}",
         "per_youth_100_cents: is the name of one that a list makes, too"),
        ("budget: 1\nbudgets: [{from_year: 0, dollars: 1}]\npolicies: [per_youth]",
         "give one of budget and budgets"),
        ("budgets: [{from_year: 1, dollars: 1}]\npolicies: [per_youth]",
         "must name each from_year once, the first 0"),
        ("budgets: [{from_year: 0, dollars: 1}, {from_year: 4, dollars: 2}]\npolicies: [per_youth]",
         "from_year: 4: starts after the horizon: must be 3 or less"),
        ("policies: {b: {schedule: [{from_year: 0, policy: none}, {from_year: 4, policy: none}]}}",
         "from_year: 4: starts after the horizon: must be 3"),
        ("policies: {b: {blend: {none: 1.0}, budgets: [{from_year: 0, dollars: 1}]}}",
         "budgets: give them to the parts, which keep their own"),
        ("policies: {a: {rule: hotspots, budget: 1}, b: {blend: {a: 1.0}, budget: 2}}",
         "a has a budget of its own; leave out one of the two"),
        ("policies: {none: {budget: 1}}", "budget: 1.0: this rule spends nothing"),
        ("class_mixes: {Rural: balanced}\npolicies: [per_youth]", 'did you mean "rural"?'),
        ("policies: {matched_funding: {class_mixes: {rural: balanced}}}", "a planner has one mix"),
        ("costs: {trainin: {unit_cost: 5}}\npolicies: [per_youth]", 'did you mean "training"?'),
        ("costs: {training: {unit: 5}}\npolicies: [per_youth]", 'did you mean "unit_cost"?'),
        ("costs: {training: {unit_cost: 0}}\npolicies: [per_youth]", "0: must be above 0"),
        ("costs: {training: {unit_cost: 5}}\nparameters: {costs.training_unit_cost: 3}\n"
         "policies: [per_youth]", "is given as costs.training_unit_cost in line 5 too"),
        ("parameters: {spell.exit_hazard: [0.02, -1]}\npolicies: [per_youth]", "must be above 0"),
        ("parameters: {spell.exit_hazard: [0.02]}\npolicies: [per_youth]", "needs several values"),
        ("parameters: {spell.exit_hazard: [0.02, 0.03]}\npolicies: [per_youth]\n"
         "futures: {named: {a: {spell.exit_hazard: 0.1}}}", "is set here, and is a list of values"),
        ("parameters: {spell.exit_hazard: [0.02, 0.03]}\npolicies: [per_youth]\n"
         "futures: {sampled: {n: 2, parameters: [denial.leaders]}}", "give these values to"),
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_refused(mine: Any, text: str, message: str) -> None:
    """Nothing is chosen silently where a file says two things, or what has no effect."""
    with pytest.raises(InputError) as caught:
        mine(text + "\n", "community,lever,dollars\n01,training,5\n")
    assert message in str(caught.value)


def test_lists_make_policies_with_readable_names(mine: Any) -> None:
    """Two budgets and two mixes are four policies; what hangs on none of them stays one."""
    text = """\
budget: [0.25, 1.5]
mix: [balanced, training_only]
policies:
  per_youth: {title: By head}
  steady: {rule: hotspots, budget: 0.1, mix: balanced}
  half: {blend: {per_youth: 0.5, none: 0.5}, mix: balanced}
  both: {rule: poverty_need, budget: [0.1, 0.2], mix: balanced}
"""
    experiment = mine(text)
    assert names(experiment) == [
        "per_youth_25_cents_balanced", "per_youth_25_cents_training_only",
        "per_youth_150_cents_balanced", "per_youth_150_cents_training_only",
        "steady", "half_25_cents_balanced", "half_25_cents_training_only",
        "half_150_cents_balanced", "half_150_cents_training_only", "both_10_cents", "both_20_cents",
    ]  # fmt: skip
    resolved = experiment.resolved()["policies"]
    one = resolved["per_youth_150_cents_training_only"]
    assert one["axes"] == {
        "of": "per_youth", "title": "By head", "budget": 1.5, "mix": "training_only",
    }  # fmt: skip
    assert one["title"] == "By head, $1.50, training only"
    assert (one["budget"], one["mix"]) == (1.5, {"training": 1.0})
    assert resolved["half_25_cents_balanced"]["budget"] == 0.125
    assert "axes" not in resolved["steady"]


def test_lists_make_futures_with_readable_names(mine: Any) -> None:
    """Every named future at every combination of a parameter's and a cost's values."""
    text = """\
policies: [per_youth]
parameters: {spell.exit_hazard: [0.02, 0.03]}
costs: {training: {unit_cost: [100, 200], fixed_cost: 0}}
"""
    experiment = mine(text)
    assert [future.name for future in experiment.futures] == [
        f"exit_hazard_{hazard}_training_unit_cost_{cost}"
        for hazard in ("0_02", "0_03")
        for cost in (100, 200)
    ]
    last = experiment.futures[-1].parameters
    assert (last.spell.exit_hazard, last.costs.training_unit_cost) == (0.03, 200.0)
    assert {future.parameters.costs.training_fixed_cost for future in experiment.futures} == {0.0}
    named = mine(text + "futures: {named: {a: {}, b: {switches.denial: false}}}\n")
    assert len(named.futures) == 8 and named.futures[0].name.startswith("a_exit_hazard_0_02_")


def test_costs_are_drawn_as_other_parameters(mine: Any) -> None:
    """A unit cost lies in the range of the table of levers, on both sides of it in four draws."""
    experiment = mine(
        "policies: [per_youth]\n"
        "futures: {sampled: {n: 4, parameters: [costs.training_unit_cost]}}\n"
    )
    costs = [future.parameters.costs.training_unit_cost for future in experiment.futures]
    assert 30.0 <= min(costs) < 150.0 < max(costs) <= 500.0


def test_a_file_and_python_say_the_same_policies(mine: Any) -> None:
    """Budgets by year, mixes by class and parts that keep theirs are the same either way."""
    text = """\
budget: 0.25
class_mixes: {rural: training_only}
policies:
  rising:
    rule: hotspots
    mix: balanced
    budgets: [{from_year: 0, dollars: 0.1}, {from_year: 2, dollars: 1}]
  turns: {schedule: [{from_year: 0, policy: none}, {from_year: 1, policy: rising}]}
  mixed: {blend: {rising: 0.5, per_youth: 0.5}}
"""
    rising = policies.hotspots(name="rising", budget={0: 0.1, 2: 1.0})
    by_head = policies.per_youth(budget=0.25, class_mixes={"rural": "training_only"})
    turns = policies.schedule({0: policies.none(), 1: rising}, name="turns")
    mixed = policies.blend({rising: 0.5, by_head: 0.5}, name="mixed")
    found = mine(text)
    for one, other in zip(found.policies, (rising, turns, mixed), strict=True):
        assert without_name(one) == without_name(other)
    resolved = found.resolved()["policies"]
    assert resolved["turns"]["budgets"] == [0.0, 0.1, 1.0, 1.0]
    assert resolved["mixed"]["budgets"] == pytest.approx([0.175, 0.175, 0.625, 0.625])
    assert resolved["mixed"]["mix"] == {}  # it hangs on who gets the money


def test_the_mix_of_a_schedule_is_what_it_buys_over_the_years(mine: Any) -> None:
    """One year of ten cents for training, three of thirty for campaigns: a tenth and nine."""
    text = """\
policies:
  a: {rule: per_youth, mix: training_only, budget: 0.1}
  b: {rule: per_youth, mix: awareness_only, budget: 0.3}
  turns: {schedule: [{from_year: 0, policy: a}, {from_year: 1, policy: b}]}
"""
    about = mine(text).resolved()["policies"]["turns"]
    assert about["mix"] == pytest.approx({"training": 0.1, "campaign": 0.9})
    assert about["budget"] == pytest.approx(0.25)


def test_a_file_that_extends_another_may_say_the_other_of_two_keys(
    mine: Any, tmp_path: Path
) -> None:
    """Budgets by year take the place of the budget of the file that is extended."""
    mine("budget: 1\npolicies: [per_youth]\n")
    own = tmp_path / "own.yaml"
    own.write_text("extends: mine\nbudgets: [{from_year: 0, dollars: 0.5}]\n", encoding="utf-8")
    assert load(own).policies[0].budgets == {0: 0.5}


def test_show_tells_budgets_and_where_a_table_is_from(mine: Any) -> None:
    """The facts of `show` name the file of a table, and nothing where there is none."""
    plan = "community,share\n01,0.5\n"
    facts = described(mine("policies: {p: {table: plan.csv}, per_youth: {}}\n", plan))
    assert [one["table_file"] for one in facts["policies"]] == ["", "plan.csv", ""]


@pytest.mark.parametrize("quick", [False, True])
def test_results_hold_what_a_table_said(mine: Any, tmp_path: Path, quick: bool) -> None:
    """A folder is rebuilt from its own copy; a dollar more is another run, and is found out."""
    text = "baseline: {table: plan.csv}\npolicies: {p: {table: plan.csv}, per_youth: {}}\n"
    text += "replications: 1\n"
    plan = (
        "policy,community,lever,year,dollars,share\np,03,,2,,0.25\nbaseline,01,training,,500.1,\n"
    )
    folder = tmp_path / "out"
    first = run(mine(text, plan, quick=quick), folder, engine=FAKE, workers=1, figures="none")
    assert (first.n_done, first.failures) == (3, [])
    assert (folder / "plans.csv").read_text() == plan
    again = run(mine(text, plan, quick=quick), folder, engine=FAKE, workers=1, figures="none")
    assert (again.n_kept, again.n_done) == (3, 0)
    (tmp_path / "plan.csv").unlink()
    assert replay(folder, "p/central/0", engine=FAKE).identical
    assert problems_of_folder(folder) == []
    dearer = run(
        mine(text, plan.replace("0.25", "0.26"), quick=quick), folder, engine=FAKE, workers=1,
        figures="none",
    )  # fmt: skip
    assert (dearer.n_kept, dearer.n_done) == (2, 1)
    (folder / "plans.csv").write_text(plan)
    assert problems_of_folder(folder) == ["plans.csv: was changed after the run"]
    with pytest.raises(InputError, match=r"experiment\.json no longer gives this run"):
        replay(folder, "p/central/0", engine=FAKE)


def test_the_manifest_is_plain_and_finite(mine: Any) -> None:
    """Everything that is resolved can be written as JSON, for a plan without a dollar too."""
    experiment = mine("policies: {p: {table: plan.csv}}\n", "community,dollars\n01,0\n")
    resolved = json.loads(json.dumps(experiment.resolved(), allow_nan=False))
    assert resolved["policies"]["p"]["budget"] == 0.0
    assert math.fsum(resolved["policies"]["p"]["mix"].values()) == pytest.approx(1.0)
