"""What was compared, people first, how sure, and the page as a whole, from made tables."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from made_study import AVERTED, numbers, policy, three_plans

from streetlight.experiments.report import compared, first, people, sure
from streetlight.experiments.report.write import digest, page

FIFTHS = [f"poverty fifth {k}" for k in range(1, 6)]


def everywhere(value):
    """One value under the baseline and the three plans."""
    return numbers(*[value] * 4)


def by_poverty(suffered, told):
    """Measures by fifth of poverty."""
    return {
        **{f"onsets_per_1000__{g}": everywhere(v) for g, v in zip(FIFTHS, suffered, strict=True)},
        **{f"published_per_1000__{g}": everywhere(v) for g, v in zip(FIFTHS, told, strict=True)},
        **{f"youth_share__{g}": everywhere(0.2) for g in FIFTHS},
    }


def test_each_plan_has_one_line_and_its_money():
    """A plan's rule is said in a sentence, and its money by kind of place adds up to 100."""
    row = compared.section(three_plans())["plans"][0]
    assert (row["name"], row["about"]) == (
        "By number of youth", "Each place by how many 10- to 17-year-olds live there.",
    )  # fmt: skip
    assert [(p["name"], p["text"]) for p in row["parts"]] == [
        ("Large cities", "90"), ("Rural places", "10"),
    ]  # fmt: skip


def test_what_the_money_buys_in_shares_and_dollars():
    """Three quarters of 20 million are 15 million for training."""
    bought = compared.section(three_plans())["bought"]
    assert bought["head"] == "What $20 million a year buys, in every plan"
    assert [(r["name"], r["share"], r["money"]) for r in bought["rows"]] == [
        ("Training of school, health and police staff", "75%", "$15 million"),
        ("Confidential text and chat line", "25%", "$5 million"),
    ]  # fmt: skip


def test_unlike_mixes_and_sums_show_their_range():
    """Where plans buy different things no dollars are named, only the range of shares."""
    policies = {
        "per_youth": policy("per_youth"),
        "poverty_need": policy("poverty_need", mix={"training": 0.25, "channel": 0.75}),
        "small_towns_first": policy("small_towns_first", 2.0),
    }
    study = three_plans(policies=policies, allocated=numbers(0, 2e8, 2e8, 8e8))
    found = compared.section(study)
    assert found["lead"].startswith("Three plans that spend different sums for ten years.")
    assert [(r["share"], r["money"]) for r in found["bought"]["rows"]] == [
        ("25 to 75%", ""), ("25 to 75%", ""),
    ]  # fmt: skip


def test_without_money_nothing_is_bought():
    """A study of no money has no list of what it buys."""
    assert compared.section(three_plans(allocated=everywhere(0.0)))["bought"] is None


def test_a_schedule_and_a_blend_are_said_in_words():
    """Years count from one; parts are named by their rules."""
    heads, towns = policy("per_youth"), policy("small_towns_first")
    assert compared.about({"rule": "x:Schedule", "schedule": [[0, towns], [2, heads]]}) == (
        "By turns: from year one small towns first and from year three by number of youth."
    )
    assert compared.about({"rule": "x:Blend", "blend": [[0.3, towns], [0.7, heads]]}) == (
        "Shared: 30% small towns first and 70% by number of youth."
    )
    assert compared.about({"rule": "mine:own"}) == ""
    table = {"rule": "x:DollarTable", "name": "our_plan", "table": {"levers": 1}}
    assert compared.about({"schedule": [[0, heads], [1, table]]}).endswith(
        "from year two “our plan”."
    )


def test_a_table_and_mixes_by_class_are_said_in_words():
    """Whether a table names levers is told, and where a rule's money buys other things."""
    assert compared.about({"rule": "x:DollarTable", "table": {"levers": 13}}) == (
        "What each place gets, and for what, is written down in a table."
    )
    assert compared.about({"rule": "x:ShareTable", "table": {"levers": 1}}) == (
        "What each place gets is written down in a table."
    )
    by_class = {"rural": {"training": 1.0}, "others": {"channel": 1.0}}
    assert compared.about(policy("equal_shares", class_mixes=by_class)).endswith(
        " It buys other things in rural places than elsewhere."
    )


def test_a_baseline_that_spends_is_one_of_the_plans_shown():
    """What it hands out is told, there and where the others are compared with it."""
    study = three_plans(allocated=numbers(5e7, 2e8, 2e8, 2e8))
    found = compared.section(study)
    assert found["baseline"].endswith("under which $5 million a year are spent.")
    assert len(found["plans"]) == 4 and found["plans"][0]["about"].endswith(
        "It hands out $5 million a year."
    )
    assert first.costs(study)["small"].endswith("instead of the $5 million of no added money")
    study = three_plans(allocated=numbers(2e8, 2e8, 2e8, 2e8))
    assert first.costs(study)["small"].endswith("50 cents a resident, as much as no added money")


def test_changes_too_small_to_write_have_no_sign():
    """A hundred years of 200,000, more and fewer, are under 0.1% either way."""
    study = three_plans(averted_person_years=numbers(0, 100, 50, -100),
                        person_years=numbers(200_000, 199_900, 199_950, 200_100))  # fmt: skip
    assert first.averts(study)["head"] == "under 0.1%"


def test_money_of_unlike_years_is_told_with_its_range():
    """Twenty million a year are ten in some years and thirty in others."""
    policies = {
        "per_youth": policy("per_youth", 0.5, budgets=[0.25] * 5 + [0.75] * 5),
        "poverty_need": policy("poverty_need"),
        "small_towns_first": policy("small_towns_first", 2.0),
    }
    study = three_plans(policies=policies, allocated=numbers(0, 2e8, 2e8, 8e8))
    assert compared.section(study)["plans"][0]["about"].endswith(
        "It hands out $20 million a year on average, $10 million to $30 million from year to year."
    )


def test_mixes_by_class_are_weighed_by_the_money_that_classes_get():
    """Nine tenths for training in the city, all for a line in the rural tenth."""
    by_class = {"rural": {"channel": 1.0}, "others": {"training": 1.0}}
    policies = {
        "per_youth": policy("per_youth", mix={}, class_mixes=by_class),
        "poverty_need": policy("poverty_need", mix={"training": 0.9, "channel": 0.1}),
        "small_towns_first": policy("small_towns_first", mix={"training": 0.5, "channel": 0.5}),
    }
    bought = compared.section(three_plans(policies=policies))["bought"]
    assert [row["share"] for row in bought["rows"]] == ["50 to 90%", "10 to 50%"]


def test_plans_with_the_same_runs_are_named():
    """A plan whose every number is another's is said to be the same."""
    same = three_plans(
        luck=0.0,
        **{
            AVERTED: numbers(0, 1000, 1000, 800),
            "identified": numbers(1000, 1400, 1400, 1300),
            "person_years": numbers(100_000, 99_000, 99_000, 99_200),
            "all_reports": numbers(10_000, 11_000, 11_000, 11_200),
            "worst_class_identified_share": numbers(0.02, 0.03, 0.03, 0.06),
        },
    )
    assert compared.section(same)["same"] == [
        "Sharing by number of youth and sharing by youth in poverty were the same in every run."
    ]


def test_futures_are_counted_not_listed():
    """How many there are, and how many of them were drawn."""
    names = [f"future_{k}" for k in range(13)]
    told = compared.section(three_plans(futures=names, sampled_futures=names[12:]))
    assert told["futures"] == [
        "One was drawn at random from what is held possible.",
        "Numbers are averages over 13 futures unless said otherwise.",
    ]
    assert compared.section(three_plans())["futures"] == ["One future was tried."]


def test_the_questions_that_futures_answer_are_asked():
    """Those of named futures, each once; none of a future that changes nothing."""
    study = three_plans(futures=("central", "even", "write", "full"))
    sets = ({}, {"attention.reading": "even"}, {"attention.reading": "recording"},
            {"assessment.utilisation": 1.1})  # fmt: skip
    study.futures = tuple(replace(f, sets=s) for f, s in zip(study.futures, sets, strict=True))
    assert compared.section(study)["futures"][-1] == (
        "Numbers are averages over four futures, which answer differently: Why do some places "
        "report little? Can reports be followed up?"
    )


def test_the_placebo_is_told_last():
    """Roads add nothing; not where a study makes them a cause."""
    study = three_plans(count_follows_youth={"none": 0.5})
    assert people.section(study)["follows"][-1] == (
        "Reports are also higher along a made-up road that does nothing in the model: it runs "
        "where people live. Once people are counted, roads and hubs add nothing."
    )
    caused = {"parameters": {"incidence.covariate_effect": 1.0}}
    study = three_plans(count_follows_youth={"none": 0.5}, **caused)
    assert not any("road" in line for line in people.section(study)["follows"])


@pytest.mark.parametrize(
    ("follows", "head"),
    [(0.9, "Reports follow people first"), (0.53, "Reports follow people first, and loosely"),
     (0.1, "Reports do not even follow people")],
)  # fmt: skip
def test_reports_follow_people(follows, head):
    """How closely is said in words, without a number."""
    study = three_plans(
        count_follows_youth={"none": follows},
        **{f"recorded_rate__{g}": everywhere(v) for g, v in (("large metro", 0.6), ("rural", 0.2))},
        **{f"true_rate__{g}": everywhere(v) for g, v in (("large metro", 1.6), ("rural", 2.0))},
    )
    found = people.section(study)
    assert found["head"] == head
    assert not re.search(r"\d", found["follows"][0])
    assert found["follows"][1].endswith(
        "reports differ 3 times between kinds of places, exploitation only 1.2 times."
    )
    rural = {"name": "Rural places", "true": "2.0", "told": "0.20", "true_width": 100.0}
    assert found["rows"][1] == {**rural, "told_width": 10.0}
    assert [found["rows"][0][key] for key in ("true_width", "told_width")] == [80.0, 30.0]


def test_more_is_suffered_and_less_reported_where_more_are_poor():
    """The poorest fifth suffers more and has less on record."""
    study = three_plans(**by_poverty((1.5, 1.6, 1.7, 1.8, 2.1), (0.3, 0.3, 0.25, 0.25, 0.2)))
    found = people.poverty(study)
    assert found["head"] == "Where poverty is higher, more is suffered and less is reported"
    assert tuple(found["rows"][4][key] for key in ("name", "true", "told")) == (
        "Fifth with most youth in poverty", "2.1", "0.20",
    )  # fmt: skip
    assert found["uneven"] == ""


@pytest.mark.parametrize(
    ("told", "head"),
    [
        ((0.24, 0.23, 0.22, 0.25, 0.24 * 0.95), "and not more is reported"),
        ((0.24, 0.23, 0.22, 0.25, 0.21), "and less is reported"),
        ((0.30, 0.29, 0.28, 0.27, 0.26), "and less is reported"),
        ((0.24, 0.23, 0.22, 0.25, 0.25), "and more is reported"),
    ],
)  # fmt: skip
def test_less_is_reported_only_where_the_fall_is_plain(told, head):
    """Not below the middle fifth; below all; falling at every step; above the first."""
    study = three_plans(**by_poverty((1.5, 1.6, 1.7, 1.8, 2.1), told))
    assert people.poverty(study)["head"].endswith(head)


def test_steps_that_fall_need_the_ends_alone_to_differ():
    """With much luck the last two of five steps cannot be told apart, but first and last can."""
    study = three_plans(luck=0.04, **by_poverty((1.5,) * 5, (0.4, 0.36, 0.3, 0.25, 0.249)))
    assert people.poverty(study)["head"].startswith("Where poverty is higher, less is reported")


def test_by_poverty_nothing_is_claimed_beyond_chance():
    """Rates whose intervals overlap are not said to differ; unknown fifths are left out."""
    study = three_plans(luck=0.5, **by_poverty((1.5, 1.6, 1.7, 1.8, 1.6), (0.3,) * 5))
    assert people.poverty(study)["head"] == "By poverty, no difference is plain"
    assert people.poverty(three_plans()) is None


def test_how_sure_has_three_columns():
    """What every plan does, what depends on the future, and what is not known."""
    columns = sure.section(three_plans())["columns"]
    assert [c["head"] for c in columns] == [
        "Sure within the simulation", "Less sure of the world", "Not known here",
    ]  # fmt: skip
    assert columns[0]["lines"] == [
        "Under every plan more youth are found, more is reported and exploitation falls.",
        "Every plan was tried on the same simulated worlds, so chance helps none of them.",
    ]
    assert columns[2]["lines"][-1] == "What comes after ten years."


def test_how_sure_claims_nothing_beyond_chance():
    """Without a sure change none is listed, and no plan is said to lead."""
    lines = sure.section(three_plans(luck=5.0))["columns"][0]["lines"]
    assert lines[0] == "No change is sure of every plan." and len(lines) == 2


def test_the_page_is_whole_and_keeps_to_its_policy():
    """Every section is in the file, its style has the hash of the policy, and nothing is NaN."""
    html = page(three_plans(count_follows_youth={"none": 0.5}))
    for anchor in ("compared", "people", "sure"):
        assert f'id="{anchor}"' in html
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL).group(1)
    assert digest(style).replace("'", "&#39;") in html
    assert not re.search(r"\b(nan|inf|None|undefined)\b|src=\"http|href=\"http", html)


def test_names_are_escaped():
    """A title with markup stays text."""
    study = three_plans()
    study.manifest = {**study.manifest, "title": "<script>x</script>"}
    assert "<script>x" not in page(study)
