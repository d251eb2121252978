"""The policies of an experiment file: rules, tables, and policies made of others."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from streetlight.experiments.config.checks import note_repeats
from streetlight.experiments.config.money import USUAL, AxisPoint, Money, points
from streetlight.experiments.config.tables import PlanAmounts, PlanTables
from streetlight.experiments.config.yaml_tree import Mark, Node, any_broken, note
from streetlight.experiments.labels import label, pretty
from streetlight.experiments.sampling import in_name
from streetlight.experiments.schema.experiment_file import ExperimentFile
from streetlight.experiments.schema.policies import PolicyChoice
from streetlight.model.errors import InputError, Problems, did_you_mean
from streetlight.model.money.policies import RULES, Policy, blend, build, schedule, table
from streetlight.model.money.registry import settings_of

#: What a baseline is called that the file describes and does not name.
BASELINE = "baseline"
#: The keys of which a policy has one, and those that go with none but a rule.
KINDS = ("rule", "blend", "schedule", "table")


class Made(NamedTuple):
    """A policy; of: what the file calls it; axes: its values of lists of budgets and mixes."""

    policy: Policy
    of: str
    axes: Mapping[str, Any]


@dataclass(frozen=True)
class Policies:
    """All that a file says of policies. axes: of those that a list makes, `of` and values."""

    policies: tuple[Policy, ...]
    baseline: Policy
    titles: Mapping[str, str]
    axes: Mapping[str, Mapping[str, Any]]


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


def checked_policies(
    root: Node, file: ExperimentFile, tables: PlanTables, problems: Problems
) -> Policies:
    """The policies of a file in its order, without those that are only parts of others."""
    choices = choices_of(root, file, problems)
    made: list[Made] = []
    readings: list[Reading] = []
    for point in points(root, file, USUAL, file.horizon, problems):
        noted = Problems() if readings else problems  # what is wrong is so at every point
        readings.append(Reading(root, file, tables, point, noted))
        made += [one for choice in choices for one in made_of(*choice, readings[-1])]
    note_only_parts(choices, problems)
    hidden = {name for name, choice, _ in choices if choice.only_part}
    kept: list[Policy] = []
    titles: dict[str, str] = {}
    axes: dict[str, dict[str, Any]] = {}
    for name, choice, at in choices:
        of_name = [one for one in made if one.of == name]
        for policy, own in named_apart(of_name, at, problems):
            if policy.name in [one.name for one in kept]:
                mark, _ = root.at(("policies", name))
                allowed = "is the name of one that a list makes, too; rename this one"
                note(problems, mark, "policy", policy.name, allowed)
            elif name not in hidden:
                kept.append(policy)
                title = choice.title or (label(name) if own else "")
                titles |= {policy.name: titled(title, own)} if title else {}
                axes |= {policy.name: {"of": name, **own}} if own else {}
    baseline = checked_baseline(readings, kept, problems)
    if isinstance(file.baseline, PolicyChoice) and file.baseline.title:
        titles[BASELINE] = file.baseline.title
    return Policies(tuple(kept), baseline, titles, axes)


def choices_of(
    root: Node, file: ExperimentFile, problems: Problems
) -> list[tuple[str, PolicyChoice, Node]]:
    """Every policy of the file: its name, what is said of it, and where; each name once."""
    node = root.get("policies")
    if node is None:
        return []
    if isinstance(file.policies, list):
        note_repeats("policies", node.items(), problems)
        named = {str(one.value): one for one in reversed(node.items())}
        return [(name, PolicyChoice(), named[name]) for name in reversed(named)]
    return [(name, one, node.entries()[name].node) for name, one in file.policies.items()]


def note_only_parts(choices: Sequence[tuple[str, PolicyChoice, Node]], problems: Problems) -> None:
    """Note a policy that is to be a part alone, and is a part of none."""
    used = {part for _, choice, _ in choices for part in choice.parts()}
    for name, choice, at in choices:
        if choice.only_part and name not in used:
            mark, _ = at.at(("only_part",))
            note(problems, mark, "only_part", None, f"no blend or schedule has {name} as a part")


def made_of(name: str, choice: PolicyChoice, at: Node, reading: Reading) -> list[Made]:
    """The policies of one name: as many as its own lists of budgets and mixes make."""
    own = points(at, choice, reading.point.money, reading.file.horizon, reading.problems)
    found = []
    for k, point in enumerate(own):
        one = reading if k == 0 else replace(reading, problems=Problems())
        policy = checked_policy(name, choice, at, point.money, one)
        if policy is not None:
            found.append(Made(policy, name, {**reading.point.axes, **point.axes}))
    reading.parts[name] = found[0].policy if len(own) == 1 and found else None
    return found


def named_apart(
    made: Sequence[Made], at: Node, problems: Problems
) -> list[tuple[Policy, dict[str, Any]]]:
    """Different policies of one name, with a name of its own for each and the axes it varies on."""
    told = [json.dumps(one.policy.description(), sort_keys=True) for one in made]
    varied = []
    for axis in made[0].axes if made else ():
        by_rest: dict[str, set[str]] = {}
        for one, text in zip(made, told, strict=True):
            rest = repr([value for key, value in one.axes.items() if key != axis])
            by_rest.setdefault(rest, set()).add(text)
        if any(len(texts) > 1 for texts in by_rest.values()):
            varied.append(axis)
    found: dict[str, tuple[Policy, dict[str, Any]]] = {}
    for one in made:
        own = {axis: one.axes[axis] for axis in varied}
        name = "_".join([one.of, *(on_axis(axis, value) for axis, value in own.items())])
        if name not in found:
            policy = built(at, problems, lambda one=one, name=name: replace(one.policy, name=name))  # type: ignore[misc]
            if policy is not None:
                found[name] = policy, own
    return list(found.values())


def on_axis(axis: str, value: Any) -> str:
    """A value of an axis as a part of a policy's name: 0.25 dollars are 25_cents."""
    return f"{in_name(f'{100 * value:g}')}_cents" if axis == "budget" else in_name(value)


def titled(title: str, axes: Mapping[str, Any]) -> str:
    """What people are to call a policy that a list makes: its title and its values."""
    parts = [title]
    if "budget" in axes:
        cents = f"{axes['budget']:,.2f}"
        parts.append(
            f"${cents if float(cents.replace(',', '')) == axes['budget'] else axes['budget']}"
        )
    if "mix" in axes:
        parts.append(pretty(axes["mix"]))
    return ", ".join(parts)


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
        return f"no rule has this name{advice}; all: streetlight policies"
    return f"must be one of: {', '.join(known)}"


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
    late = [
        turn.from_year for turn in choice.schedule or [] if turn.from_year >= reading.file.horizon
    ]
    if late:
        at_schedule, _ = at.at(("schedule",))
        allowed = f"must be before the end of the horizon, {reading.file.horizon} years"
        note(problems, at_schedule, "from_year", late[0], allowed)
        return None
    return built(
        at, problems, lambda: schedule(turns, name=name, budget=budget, teams=choice.teams)
    )


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
    known = dict.fromkeys([*reading.parts, *(n for n, r in RULES.items() if not r.is_oracle)])
    note(problems, mark, key, part, one_of(part, known))
    return None


def checked_baseline(
    readings: Sequence[Reading], policies: Sequence[Policy], problems: Problems
) -> Policy:
    """The policy that others are compared with."""
    reading = readings[0]
    said, root = reading.file.baseline, reading.root
    mark, node = root.at(("baseline",))
    if isinstance(said, PolicyChoice):
        made = [one for reading in readings for one in made_of(BASELINE, said, node, reading)]
        if len(named_apart(made, node, problems)) > 1:
            note(problems, mark, BASELINE, None, "must be one policy; give it one budget and mix")
        if BASELINE in [one.name for one in policies]:
            allowed = "a policy of this name stands among the policies too; rename that"
            note(problems, mark, BASELINE, None, allowed)
        return made[0].policy if made else build("none")
    by_name = {policy.name: policy for policy in policies}
    if said in by_name:
        return by_name[said]
    if said != "none":
        names = ["none", *by_name]
        allowed = f"must be one of: {', '.join(names)}{did_you_mean(said, names)}"
        described = (
            reading.file.policies.get(said) if isinstance(reading.file.policies, dict) else None
        )
        is_several = any(name.startswith(f"{said}_") for name in by_name)
        if described is None or described.only_part or is_several:  # others were noted already
            note(problems, mark, BASELINE, said, allowed)
    return build("none")
