"""One policy of an experiment file, of whatever kind: a rule, a table, or made of others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from streetlight.experiments.config.money import AxisPoint, Money
from streetlight.experiments.config.tables import PlanAmounts, PlanTables
from streetlight.experiments.config.yaml_tree import Mark, Node, any_broken, note
from streetlight.experiments.schema.experiment_file import ExperimentFile
from streetlight.experiments.schema.policies import PolicyChoice
from streetlight.model.errors import InputError, Problems, did_you_mean
from streetlight.model.money.policies import Policy, blend, build, schedule, table
from streetlight.model.money.registry import NAMED_RULES as RULES
from streetlight.model.money.registry import settings_of

#: The keys of which a policy has one, and those that go with none but a rule.
KINDS = ("rule", "blend", "schedule", "table")
OF_YOUR_OWN = "one of your own: --rules FILE"


@dataclass
class Reading:
    """One pass through the policies, at one point of the file's axes.

    parts: the policies above, by name; None for one that is several or cannot be used.
    """

    root: Node
    file: ExperimentFile
    tables: PlanTables
    point: AxisPoint
    problems: Problems
    parts: dict[str, Policy | None] = field(default_factory=dict)


def built(at: Node, problems: Problems, make: Callable[[], Policy]) -> Policy | None:
    """The policy that `make` makes; None, and what is wrong noted, when it cannot."""
    try:
        return make()
    except InputError as error:
        for text in error.problems:
            note(problems, at.mark, "policy", None, text.removeprefix("policy "))
    return None


def checked_policy(
    name: str, choice: PolicyChoice, at: Node, money: Money, reading: Reading
) -> Policy | None:
    """One policy of whatever kind, or None and what is wrong noted."""
    given = [kind for kind in KINDS if getattr(choice, kind)]
    if len(given) > 1 or (choice.settings and given not in ([], ["rule"])):
        allowed = "must have one of rule (with its settings), blend, schedule, table"
        note(reading.problems, at.mark, name, None, allowed)
        return None
    broken = {key for key, entry in at.entries().items() if entry.node.broken}
    if broken & {*KINDS, "budget", "budgets"} or (broken and not given and name not in RULES):
        return None  # noted already
    rule = choice.rule or name
    if (given and given != ["rule"]) or rule != name:
        if not may_be_named(name, at, reading):
            return None
    if choice.table:
        return of_table(name, choice, at, money, reading)
    if choice.blend or choice.schedule:
        return of_parts(name, choice, at, money, reading)
    return of_rule(name, rule, choice, at, money, reading)


def may_be_named(name: str, at: Node, reading: Reading) -> bool:
    """Whether a policy may have this name; a rule's name is refused to any other policy."""
    if name not in RULES:
        return True
    allowed = "is the name of another rule; give it a name of its own"
    note(reading.problems, mark_of(name, at, reading), "policy", name, allowed)
    return False


def mark_of(name: str, at: Node, reading: Reading) -> Mark:
    """Where a policy is named; where it is described, if it has no name in the file."""
    policies = reading.root.get("policies")
    entry = policies.entries().get(name) if policies else None
    return entry.mark if entry else at.mark


def of_rule(
    name: str, rule: str, choice: PolicyChoice, at: Node, money: Money, reading: Reading
) -> Policy | None:
    """The policy of a registered rule."""
    problems = reading.problems
    if rule not in RULES:
        place = at.get("rule") or at
        key = "rule" if choice.rule else "policy"
        if not (choice.rule or at.text):  # a mapping names its rule nowhere but in its own name
            mark = mark_of(name, at, reading)
            advice = did_you_mean(name, RULES)
            allowed = f"is no rule's name{advice}; give it a rule, a blend, a schedule or a table"
            allowed += f"; {OF_YOUR_OWN}"
            note(problems, mark, "policy", name, allowed)
            return None
        note(problems, place.mark, key, rule, one_of(rule, RULES))
        return None
    known = settings_of(RULES[rule].function) or {}
    unknown = [one for one in choice.settings if one not in known]
    for one in unknown:
        mark, value = at.at(("settings", one))
        note(problems, mark, one, value.text, no_setting(one, rule, known))
    if unknown or money.mix is None:
        return None
    spends = RULES[rule].spends
    own = choice.budget is not None or choice.budgets is not None
    planner = RULES[rule].plans and choice.class_mixes is None  # the file's are for others
    mix, by_class = money.mix, {} if planner else money.class_mixes
    return built(
        at,
        problems,
        lambda: build(
            rule,
            budget=money.budget if spends or own else None,
            mix=mix,
            class_mixes=by_class if spends else {},
            name=name,
            teams=choice.teams or reading.file.teams,
            **choice.settings,
        ),
    )


def one_of(name: str, known: Iterable[str]) -> str:
    """What is said of a name that is none of these: the likely one, or all."""
    known = list(known)
    if advice := did_you_mean(name, known):
        return f"no rule has this name{advice}; all: streetlight policies; {OF_YOUR_OWN}"
    return f"must be one of: {', '.join(known)}; {OF_YOUR_OWN}"


def no_setting(name: str, rule: str, known: Iterable[str]) -> str:
    """What is said of a setting that a rule does not have."""
    known = list(known)
    allowed = f"{rule} has: {', '.join(known)}" if known else f"{rule} has none"
    return f'no setting is called "{name}"{did_you_mean(name, known)}; {allowed}'


def of_table(
    name: str, choice: PolicyChoice, at: Node, money: Money, reading: Reading
) -> Policy | None:
    """The policy of a table of dollars or shares."""
    place, tables, problems = at.get("table"), reading.tables, reading.problems
    assert place is not None and choice.table is not None
    plan = tables.plan(name, choice.table, place)
    if plan is None or tables.region is None or money.mix is None:
        return None
    refused = {
        "budget": plan.of == "dollars" and "the table says how many dollars there are",
        "mix": not plan.by_community and "the table says what is bought",
    }
    also = {"budget": "budgets", "mix": "class_mixes"}
    for key, why in refused.items():
        for said in (key, also[key]):
            if why and said in at.entries():
                note(problems, at.entries()[said].mark, said, None, f"{why}; leave it out")
    return built(at, problems, lambda: of_plan(name, plan, money, choice, reading))


def of_plan(
    name: str, plan: PlanAmounts, money: Money, choice: PolicyChoice, reading: Reading
) -> Policy:
    """The policy that does what a plan says."""
    region = reading.tables.region
    assert region is not None and money.mix is not None
    like = build("per_youth", budget=money.budget, mix=money.mix, class_mixes=money.class_mixes)
    return table(
        plan.amounts, region.ids, region.population, name=name, of=plan.of, mix=like.mix,
        class_mixes=like.class_mixes if plan.by_community else {}, budget=like.budget,
        budgets=like.budgets, teams=choice.teams or reading.file.teams,
    )  # fmt: skip


def of_parts(
    name: str, choice: PolicyChoice, at: Node, money: Money, reading: Reading
) -> Policy | None:
    """A blend or a schedule of registered rules and of policies above it in the file."""
    problems = reading.problems
    if any(any_broken(one) for one in (at.get("blend"), at.get("schedule")) if one):
        return None  # noted already
    if beyond_horizon(choice, at, reading.file, problems):
        return None
    if choice.budgets is not None:
        mark, _ = at.at(("budgets",))
        note(problems, mark, "budgets", None, "give them to the parts, which keep their own")
        return None
    parts = {part: part_of(part, choice, at, money, reading) for part in choice.parts()}
    known = {part: policy for part, policy in parts.items() if policy is not None}
    if len(known) < len(parts):
        return None
    budget = money.budget if isinstance(money.budget, float) and choice.budget else None
    if choice.blend:
        shares = {known[part]: share for part, share in choice.blend.items()}
        return built(
            at, problems, lambda: blend(shares, name=name, budget=budget, teams=choice.teams)
        )
    turns = {turn.from_year: known[turn.policy] for turn in choice.schedule or []}
    if len(turns) < len(choice.schedule or []):
        note(problems, at.mark, "schedule", None, "must name each from_year once")
        return None
    return built(
        at, problems, lambda: schedule(turns, name=name, budget=budget, teams=choice.teams)
    )


def beyond_horizon(
    choice: PolicyChoice, at: Node, file: ExperimentFile, problems: Problems
) -> bool:
    """Whether a turn of a schedule would never come; each is noted."""
    before = problems.count
    for k, turn in enumerate(choice.schedule or []):
        if turn.from_year >= file.horizon:
            year = at.at(("schedule", k, "from_year"))[1]
            allowed = f"starts after the horizon: must be {file.horizon - 1} or less"
            note(problems, year.mark, "from_year", turn.from_year, allowed)
    return problems.count > before


def part_of(
    part: str, choice: PolicyChoice, at: Node, money: Money, reading: Reading
) -> Policy | None:
    """A part of a blend or schedule: a policy above it, or a rule with what the whole has."""
    key = "blend" if choice.blend else "schedule"
    mark, problems = (at.get(key) or at).mark, reading.problems
    if part in reading.parts:
        policy = reading.parts[part]
        own = reading.file.policies[part] if isinstance(reading.file.policies, dict) else None
        if own is None or policy is None:
            if own is not None and any(isinstance(one, list) for one in (own.budget, own.mix)):
                note(
                    problems, mark, key, part, "is several policies; a part has one budget and mix"
                )
            return policy
        if choice.budget is not None and (own.budget is not None or own.budgets or own.table):
            allowed = f"{part} has a budget of its own; leave out one of the two"
            note(problems, at.at(("budget",))[0], "budget", None, allowed)
            return None
        return policy
    if part in RULES:
        info = RULES[part]
        if money.mix is None:
            return None
        mix, by_class = money.mix, {} if info.plans or not info.spends else money.class_mixes
        teams = choice.teams or reading.file.teams
        return built(
            at, problems,
            lambda: build(part, budget=money.budget if info.spends else None, mix=mix,
                          class_mixes=by_class, teams=teams),
        )  # fmt: skip
    if isinstance(reading.file.policies, dict) and part in reading.file.policies:
        note(problems, mark, key, part, "must stand above the policy that it is a part of")
        return None
    known = dict.fromkeys([*reading.parts, *(n for n, r in RULES.items() if not r.is_oracle)])
    note(problems, mark, key, part, one_of(part, known))
    return None
