"""The policies of an experiment file: rules with a mix and a budget, and policies made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from streetlight.experiments.config.checks import note_repeats
from streetlight.experiments.config.yaml_tree import Node, any_broken, note
from streetlight.experiments.schema.experiment_file import ExperimentFile
from streetlight.experiments.schema.policies import PolicyChoice
from streetlight.model.errors import InputError, Problems, did_you_mean
from streetlight.model.money.mixes import checked_shares
from streetlight.model.money.policies import (
    DEFAULT_BUDGET,
    MIXES,
    Policy,
    blend,
    build,
    schedule,
)
from streetlight.model.money.registry import NAMED_RULES as RULES
from streetlight.model.money.registry import settings_of

OF_YOUR_OWN = "one of your own: --rules FILE"

AnyMix = str | Mapping[str, float] | None


def checked_mix(node: Node | None, value: object, problems: Problems) -> AnyMix:
    """A mix as `policies.build` takes it, or None when it is not usable."""
    if node is not None and any_broken(node):
        return None  # noted already
    if isinstance(value, str):
        if value in MIXES:
            return value
        if node is not None:
            allowed = f"must be one of: {', '.join(MIXES)}{did_you_mean(value, MIXES)}"
            note(problems, node.mark, "mix", value, allowed)
    elif isinstance(value, dict):
        try:
            return checked_shares(value)
        except InputError as error:
            for text in error.problems if node is not None else ():
                note(problems, node.mark, "mix", None, text.removeprefix("mix: "))  # type: ignore[union-attr]
    return None


def checked_policies(root: Node, file: ExperimentFile, problems: Problems) -> tuple[Policy, ...]:
    """The policies of a file in its order, without those that are only parts of others."""
    node = root.get("policies")
    shared = checked_mix(root.get("mix"), file.mix, problems)
    if node is None:
        return ()
    if isinstance(file.policies, list):
        choices = [(one.value, PolicyChoice(), one) for one in node.items()]
        note_repeats("policies", node.items(), problems)
    else:
        choices = [(name, one, node.entries()[name].node) for name, one in file.policies.items()]
    found: dict[str, Policy] = {}
    for name, choice, at in choices:
        mix = checked_mix(at.get("mix"), choice.mix, problems) if choice.mix is not None else shared
        if choice.blend or choice.schedule:
            policy = checked_combination(str(name), choice, at, file, mix, found, problems)
        else:
            policy = checked_policy(str(name), choice, at, file, mix, root, problems)
        if policy is not None:
            found.setdefault(policy.name, policy)
    used = {part for _, choice, _ in choices for part in choice.parts()}
    only_parts = {str(name): at for name, choice, at in choices if choice.only_part}
    for name, at in only_parts.items():
        if name not in used:
            mark, _ = at.at(("only_part",))
            note(problems, mark, "only_part", None, f"no blend or schedule has {name} as a part")
    return tuple(policy for name, policy in found.items() if name not in only_parts)


def dollars(choice: PolicyChoice, file: ExperimentFile) -> float:
    """The budget of a policy: its own, the file's, or the default."""
    given = choice.budget if choice.budget is not None else file.budget
    return DEFAULT_BUDGET if given is None else given


def built(at: Node, problems: Problems, make: Callable[[], Policy]) -> Policy | None:
    """The policy that `make` makes; None, and what is wrong noted, when it cannot."""
    try:
        return make()
    except InputError as error:
        for text in error.problems:
            note(problems, at.mark, "policy", None, text.removeprefix("policy "))
    return None


def may_be_named(name: str, at: Node, root: Node, problems: Problems) -> bool:
    """Whether a policy may have this name; a rule's name is refused to any other policy."""
    if name not in RULES:
        return True
    mark = root.at(("policies", name))[0] if root is not at else at.mark
    note(problems, mark, "policy", name, "is the name of another rule; give it a name of its own")
    return False


def checked_policy(
    name: str,
    choice: PolicyChoice,
    at: Node,
    file: ExperimentFile,
    mix: AnyMix,
    root: Node,
    problems: Problems,
) -> Policy | None:
    """The policy of a registered rule."""
    rule = choice.rule or name
    if rule != name and not may_be_named(name, at, root, problems):
        return None
    if any(key in at.entries() and at.get(key) is None for key in ("rule", "blend", "schedule")):
        return None  # noted already
    if rule not in RULES:
        place = at.get("rule") or at
        key = "rule" if choice.rule else "policy"
        if not (choice.rule or at.text):  # a mapping names its rule nowhere but in its own name
            mark = root.at(("policies", name))[0]
            advice = did_you_mean(name, RULES)
            allowed = f"is no rule's name{advice}; give it a rule, a blend or a schedule"
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
    if unknown:
        return None
    if mix is None:
        return None
    budget = dollars(choice, file) if RULES[rule].spends else choice.budget
    return built(
        at,
        problems,
        lambda: build(
            rule,
            budget=budget,
            mix=mix,
            name=name,
            teams=choice.teams or file.teams,
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


def checked_combination(
    name: str,
    choice: PolicyChoice,
    at: Node,
    file: ExperimentFile,
    mix: AnyMix,
    above: Mapping[str, Policy],
    problems: Problems,
) -> Policy | None:
    """A blend or a schedule of registered rules and of policies above it in the file."""
    if not may_be_named(name, at, at, problems):
        return None
    if choice.rule or choice.settings or (choice.blend and choice.schedule):
        allowed = "one of rule (with its settings), blend, schedule"
        note(problems, at.mark, name, None, f"must have {allowed}")
        return None
    if any(any_broken(one) for one in (at.get("blend"), at.get("schedule")) if one):
        return None  # noted already
    if beyond_horizon(choice, at, file, problems):
        return None
    budget = dollars(choice, file)
    parts: dict[str, Policy] = {}
    for part in choice.parts():
        if part in above:
            parts[part] = replace(above[part], budget=budget)
        elif part in RULES and RULES[part].spends:
            if mix is None:
                return None
            parts[part] = build(part, budget=budget, mix=mix, teams=choice.teams or file.teams)
        else:
            known = dict.fromkeys(
                [*above, *(n for n, r in RULES.items() if r.spends and not r.is_oracle)]
            )
            key = "blend" if choice.blend else "schedule"
            note(problems, (at.get(key) or at).mark, key, part, one_of(part, known))
            return None
    if choice.blend:
        shares = {parts[part]: share for part, share in choice.blend.items()}
        return built(
            at, problems, lambda: blend(shares, name=name, budget=budget, teams=choice.teams)
        )
    turns = {turn.from_year: parts[turn.policy] for turn in choice.schedule or []}
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


def checked_baseline(
    root: Node, file: ExperimentFile, policies: tuple[Policy, ...], problems: Problems
) -> Policy:
    """The policy that others are compared with."""
    by_name = {policy.name: policy for policy in policies}
    if file.baseline in by_name:
        return by_name[file.baseline]
    if file.baseline != "none":
        names = ["none", *by_name]
        advice = did_you_mean(file.baseline, names)
        allowed = f"must be one of: {', '.join(names)}{advice}"
        mark, _ = root.at(("baseline",))
        described = file.policies.get(file.baseline) if isinstance(file.policies, dict) else None
        if described is None or described.only_part:  # others were noted already
            note(problems, mark, "baseline", file.baseline, allowed)
    return build("none")
