"""The first screen, from tables made by hand: cards, sentences, picture, how sure."""

from __future__ import annotations

import pytest
from made_study import AVERTED, FOUND, WORST, made_study, numbers, policy, three_plans

from streetlight.experiments.report import first, hangs, tradeoff
from streetlight.experiments.report.chosen import marked
from streetlight.experiments.report.leading import leading


def test_cards_say_what_it_costs_averts_and_finds():
    """Twenty million a year at 50 cents, 0.8 to 1% averted, 300 to 400 youth more in ten years."""
    cards = first.section(three_plans())["cards"]
    assert [card["label"] for card in cards] == ["It costs", "It averts", "It finds"]
    assert [(card["head"], card["small"]) for card in cards] == [
        ("$20 million", "a year for ten years, 50 cents a resident"),
        ("about 1%", "of exploitation: 0.8 to 1%"),
        ("30 to 40%", "more youth: 30 to 40 a year, at $500,000 to $670,000 each"),
    ]


def test_a_youth_found_has_no_price_where_a_plan_finds_none_more():
    """One plan of three finds as many as no added money, so that no range can be told."""
    card = first.finds(three_plans(**{FOUND: numbers(1000, 1400, 1399, 1000)}))
    assert card["small"] == "more youth: 0 to 40 a year"


def test_two_plans_tie_and_the_third_averts_a_fifth_less():
    """999 against 1,000 is less than the 10 that matter, and 800 is a fifth below."""
    claim = leading(three_plans())
    assert claim.head == "Two plans tie for most exploitation averted."
    assert claim.body == (
        "Sharing by number of youth and sharing by youth in poverty come to nearly the same. "
        "Putting small towns first averts a fifth less."
    )


def test_one_plan_leads():
    """The plan that surely averts more than all others by what matters is named alone."""
    claim = leading(three_plans(**{AVERTED: numbers(0, 1000, 700, 500)}))
    assert claim.head == "Sharing by number of youth averts most exploitation."
    assert claim.body == (
        "Sharing by youth in poverty averts 30% less. Putting small towns first averts half less."
    )


def test_all_tie():
    """Plans that differ by less than matters tie, all of them."""
    claim = leading(three_plans(**{AVERTED: numbers(0, 1000, 1001, 999)}))
    assert claim == (
        "All three plans tie for most exploitation averted.", "They come to nearly the same.",
    )  # fmt: skip


def test_no_sure_gain_has_no_leader():
    """Where luck is larger than the gain no plan is said to help."""
    claim = leading(three_plans(**{AVERTED: numbers(0, 10, 12, 8), "luck": 2.0}))
    assert claim.head == "No plan surely averts exploitation."
    assert claim.body == "What changes compared with no added money could be chance."


def test_gains_too_small_to_matter_have_no_leader():
    """Five to seven years, where ten matter, are sure and too little: nobody is said to lead."""
    claim = leading(three_plans(**{AVERTED: numbers(0, 7, 6, 5), "luck": 1e-4}))
    assert claim == (
        "No plan makes a difference that matters.",
        "In exploitation averted, all of them come to nearly the same as no added money.",
    )


def test_unlike_budgets_are_compared_at_equal_money_only():
    """The dearest plan averts most and is not called the best; at its sum it is alone."""
    study = three_plans(
        **{
            AVERTED: numbers(0, 1000, 700, 3000),
            "allocated": numbers(0, 2e8, 2e8, 8e8),
        }
    )
    claim = leading(study)
    assert claim.head == "Plans here spend different sums: $20 to $80 million a year."
    assert (
        claim.body == "At $20 million a year, sharing by number of youth averts most exploitation."
    )


def test_a_planner_that_leaves_a_little_spends_the_same():
    """Half a percent less than the others is no other sum, and all three are compared."""
    study = three_plans(allocated=numbers(0, 2e8, 1.99e8, 2e8))
    assert [len(plans) for plans in study.budgets().values()] == [3]
    assert leading(study).head == "Two plans tie for most exploitation averted."


def many_plans(**more):
    """Fourteen plans: the more the k-th averts, the fewer it finds where fewest are found.

    Three lie elsewhere: "low" averts least, and "amid" and "below" less of both than others.
    """
    at = {f"plan_{k}": (1000.0 + k, 0.05 - 0.001 * k) for k in range(11)}
    at |= {"low": (100.0, 0.02), "amid": (900.0, 0.03), "below": (950.0, 0.035)}
    averted = {"none": 0.0} | {name: x for name, (x, _) in at.items()}
    fewest = {"none": 0.01} | {name: y for name, (_, y) in at.items()}
    found = {name: 1000.0 + more for name, more in averted.items()}
    paid = {"none": 0.0} | dict.fromkeys(at, 2e8)
    youth = {f"youth:{kind}": dict.fromkeys(averted, 1e5) for kind in ("rural", "town")}
    measures = {AVERTED: averted, FOUND: found, WORST: fewest, "allocated": paid, **youth}
    return made_study(measures, luck=1e-6, **more)


def test_of_many_plans_it_is_said_how_many_tie():
    """Eleven are within the ten years that matter; the others avert 6 to 90% less."""
    assert leading(many_plans()) == (
        "Eleven of 14 plans tie for most exploitation averted.",
        "They cannot be told apart. The other three avert 6 to 90% less; “Low” averts least.",
    )


def test_of_many_plans_the_picture_names_those_that_none_surpasses():
    """Two are surpassed both ways; the last one is named although it is, and so is the baseline."""
    plot = tradeoff.picture(many_plans())
    named = [point["name"] for point in plot["points"] if point["name"]]
    assert len(named) == 13 and {"No added money", "Low"} < set(named)
    assert [point["name"] for point in plot["points"]][:2] == ["", ""]
    assert all(point["name"] for point in plot["key"])
    assert plot["others"].startswith("Named are plans that no other beats both ways")
    assert "The two grey ones" in plot["others"]


def test_plans_that_all_spend_unlike_sums_are_not_ranked():
    """Without two plans of one budget there is no best, only what a million dollars averts."""
    study = three_plans(allocated=numbers(0, 1e8, 2e8, 4e8))
    claim = leading(study)
    assert claim.body == (
        "No two of them spend the same, so none is called the best. "
        "A year of exploitation averted costs $100,000 to $500,000."
    )
    assert tradeoff.picture(study)["ring"] is None


def test_no_money_is_said():
    """Plans that hand out nothing and have the runs of the baseline are not said to tie."""
    zero = numbers(0, 0, 0, 0)
    same = numbers(1000, 1000, 1000, 1000)
    study = made_study(
        {AVERTED: zero, FOUND: same, WORST: numbers(0.02, 0.02, 0.02, 0.02), "allocated": zero},
        luck=0.0,
    )
    assert leading(study).head == "No money, no change."


def test_one_plan_alone():
    """A single plan is set against the baseline and called neither first nor best."""
    one = {"none": 0.0, "per_youth": 1000.0}
    study = made_study({AVERTED: one, FOUND: one, WORST: {"none": 0.02, "per_youth": 0.04}})
    assert leading(study) == (
        "Sharing by number of youth averts exploitation.",
        "Compared with no added money, the difference is large enough to matter. "
        "No other plan was tried.",
    )


def test_a_choice_of_values_says_what_it_gives_and_takes():
    """Small towns first finds 6 of 100 where fewest are found, and large cities get less."""
    assert tradeoff.values(three_plans()) == (
        "Putting small towns first is a choice of values.",
        "It finds at least 6.0 of 100 in cities and in rural places; sharing by number of youth "
        "finds 3.0 in rural places. "
        "In all it averts a fifth less, because large cities get less.",
    )


def test_no_choice_where_the_leader_serves_both():
    """A plan that leads in all and where fewest are found asks nothing of anybody's values."""
    claim = tradeoff.values(three_plans(**{WORST: numbers(0.02, 0.07, 0.032, 0.06)}))
    assert claim.head == "No trade-off: sharing by number of youth serves both."
    assert claim.body.endswith("7.0 of 100 youth instead of 2.0.")


def test_one_kind_of_place_has_no_choice_between_places():
    """With youth in rural places alone nothing is said of cities."""
    none = numbers(0, 0, 0, 0)
    claim = tradeoff.values(three_plans(**{"youth__large metro": none}))
    assert claim.body.startswith("All its youth live in rural places")


def test_reports_rise_while_exploitation_falls():
    """Reports rise by 10 to 12% under every plan, and that is seeing."""
    assert first.reports(three_plans()) == (
        "Expect more reports.",
        "Under every plan reports rise (by 10 to 12%) while exploitation falls: "
        "better seeing, not more harm.",
    )


@pytest.mark.parametrize(
    ("told", "harm", "head"),
    [
        ((9000, 8900, 8000), (99_000, 99_001, 99_200), "Expect fewer reports."),
        ((11_000, 12_000, 13_000), (101_000, 102_000, 103_000),
         "Expect more reports, and more harm."),
        ((9000, 9000, 9000), (101_000, 102_000, 103_000),
         "Fewer reports will not mean less harm."),
        ((11_000, 9000, 11_000), (99_000, 99_000, 99_000), "Reports will not show it."),
    ],
)  # fmt: skip
def test_reports_and_harm_in_every_direction(told, harm, head):
    """Each pair of directions has its own words."""
    study = three_plans(all_reports=numbers(10_000, *told), person_years=numbers(100_000, *harm))
    assert first.reports(study).head == head


def test_a_future_in_which_it_is_otherwise_is_counted():
    """Where reports fall in one of two futures, 'better seeing' is said of one of two."""
    up, down = 13_000, 9_900
    study = three_plans(
        all_reports=numbers((10_000, 10_000), (up, down), (up, down), (up, down)),
        futures=("central", "tight"),
    )
    assert first.reports(study).body.endswith("So it is in one of two futures.")


def test_the_plan_that_leads_in_another_future_is_named():
    """Small towns first averts most in one future of two, which the line on how sure says."""
    averted = {"none": (0, 0), "per_youth": (1500, 500), "poverty_need": (1490, 490),
               "small_towns_first": (700, 900)}  # fmt: skip
    study = three_plans(**{AVERTED: averted, "futures": ("central", "tight")})
    assert first.how_sure(study)[0] == (
        "Who leads depends on the future: in one of two, putting small towns first does."
    )


def test_the_leaders_of_all_futures():
    """Where the same plans lead in both futures, that is said."""
    study = three_plans(futures=("central", "tight"))
    assert first.how_sure(study)[0] == "Who leads is the same in both futures tried."


def test_the_picture_rings_those_that_tie():
    """The two that tie lie in a ring; three plans and the line without money are named."""
    plot = first.section(three_plans())["plot"]
    assert [point["name"] for point in plot["points"]] == [
        "No added money", "By number of youth", "By youth in poverty", "Small towns first",
    ]  # fmt: skip
    assert plot["ring"]["width"] == pytest.approx(0.1, abs=0.02)
    assert plot["ring"]["height"] == pytest.approx(100 * (3.2 - 3.0) / 6, abs=0.1)
    assert plot["across"] == "Years of exploitation averted, in ten years"
    assert plot["up"] == (
        "Found, of 100 exploited youth, in the kind of place where fewest are found: large cities "
        "or rural places"
    )


@pytest.mark.parametrize(("n", "named"), [(12, 13), (13, 3)])
def test_up_to_twelve_plans_are_all_named(n, named):
    """Of more, each worse both ways than the one before, the best, the last and the baseline."""
    worse = {"none": 0.0} | {f"plan_{k}": 1000.0 - 10 * k for k in range(n)}
    measures = {AVERTED: worse, FOUND: worse, WORST: {p: x / 1e5 for p, x in worse.items()}}
    assert len(marked(made_study(measures, luck=1e-6))) == named


def test_of_many_plans_the_rows_of_futures_name_the_same_few():
    """The two that others beat both ways are grey there too, and are said to be two."""
    study = many_plans(futures=("central", "tight"))
    picture = hangs.section(study)["picture"]
    names = [name for name, _ in picture["key"]]
    assert names[-1] == "two other plans" and len(names) == 12
    assert all(len(row["dots"]) == 13 for group in picture["groups"] for row in group["rows"])


def test_names_of_a_study_are_quoted_in_a_sentence():
    """A plan that has no rule's title keeps its letters, in quotation marks."""
    policies = {"Plan_B": policy("per_youth"), "small_towns_first": policy("small_towns_first")}
    own = {"none": 0.0, "Plan_B": 900.0, "small_towns_first": 500.0}
    study = made_study({AVERTED: own, FOUND: own, WORST: own}, policies=policies, luck=1e-4)
    assert leading(study).head == "“Plan B” averts most exploitation."


def test_the_question_is_cut_at_its_first_sentence():
    """What follows the first sentence is left to the file."""
    assert first.first_sentence("Half a dollar.  Who gets\nit? I ask.") == "Half a dollar."
    assert first.first_sentence("At $0.50 a head, who gets it? More.") == (
        "At $0.50 a head, who gets it?"
    )


def test_a_first_metric_of_the_worst_off_is_set_against_no_other():
    """A study that goes by where fewest are found says how many are, and shows youth found."""
    study = three_plans(matters={WORST: 0.005, AVERTED: 10.0})
    assert leading(study).head == "Putting small towns first finds most where fewest are found."
    assert tradeoff.values(study) == (
        "Fewest are found in large cities.",
        "There, 6.0 of 100 exploited youth are found instead of 2.0.",
    )
    assert tradeoff.picture(study)["across"] == "More youth found, in ten years"
