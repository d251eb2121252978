"""The sampled futures of an experiment file: what each parameter may be, and the design over it."""

from __future__ import annotations

from typing import Any

from streetlight.experiments import sampling
from streetlight.experiments.config.checks import (
    note_repeats,
    number_problem,
    unknown_parameter,
    value_problem,
)
from streetlight.experiments.config.yaml_tree import Node, any_broken, note, shown
from streetlight.experiments.distributions import (
    Choice,
    Range,
    Varied,
    no_range,
    not_sampled,
    of_evidence,
    plain,
    value_of,
)
from streetlight.experiments.sampling import SEQUENCES, Point, Sampling
from streetlight.experiments.schema.futures import Sampled, VariedChoice
from streetlight.experiments.schema.types import MOST_SAMPLED
from streetlight.model.errors import InputError, Problems
from streetlight.model.parameters import Parameters

#: The numbers of each distribution, in order.
NUMBERS = {
    "uniform": ("low", "high"),
    "triangular": ("low", "mode", "high"),
    "beta": ("low", "mode", "high"),
    "lognormal": ("low", "median", "high"),
}
ALL_NUMBERS = ("low", "mode", "median", "high")
WAYS = ("from", "distribution", "choice", "values")
BY_YEAR = "has values by policy year in the file; a design gives it one value for all years"


def checked_sampled(
    node: Node, file: Sampled, seed: int, start: Parameters, problems: Problems
) -> tuple[list[Point], Sampling | None]:
    """The points of the design; what cannot be sampled is noted, and then there are none."""
    before = problems.count
    written = node.entries().get("design")
    design = "" if written and written.node.broken else file.design  # "": nobody knows which
    if design:
        check_design(node, file, problems)
    varied = checked_varied(node.get("parameters"), file, design, start, problems)
    if problems.count > before or not varied or any_broken(node):
        return [], None
    if file.design == "grid" and (size := sampling.grid_size(varied)) > MOST_SAMPLED:
        product = " x ".join(str(sampling.grid_size([one])) for one in varied)
        allowed = f"at most {MOST_SAMPLED:,} combinations; take fewer values or parameters"
        note(problems, node.mark, "grid", f"{product} = {size:,} futures", allowed)
        return [], None
    try:
        if file.design == "grid":
            return sampling.grid(varied, start)
        if file.design == "one_at_a_time":
            return sampling.one_at_a_time(varied, start)
        return sampling.sample(
            varied,
            file.n or 1,
            seed,
            start,
            design=file.design,
            first=file.first,
            within_bands=file.within_bands,
        )
    except InputError as error:
        note(problems, node.mark, "sampled", None, str(error))
        return [], None


def check_design(node: Node, file: Sampled, problems: Problems) -> None:
    """Note keys that a design needs and does not have, or has and cannot use."""
    is_sequence = file.design in SEQUENCES
    if is_sequence and file.n is None and "n" not in node.entries():
        note(problems, node.mark, "n", None, f"is missing; {file.design} needs it")
    unused = {
        "n": "" if is_sequence else "comes from the parameters' values",
        "first": "" if file.design == "lhs" else "only lhs has a first hypercube",
        "within_bands": "" if is_sequence else "only lhs and sobol can skip points",
    }
    for key, reason in unused.items():
        if reason and key in node.entries():
            allowed = f"{reason}; leave it out with {file.design}"
            note(problems, node.entries()[key].mark, key, None, allowed)


def checked_varied(
    node: Node | None, file: Sampled, design: str, start: Parameters, problems: Problems
) -> list[Varied]:
    """What each parameter may be; one that cannot be used is noted."""
    if node is None:
        return []
    cards = Parameters.all_cards()
    if isinstance(file.parameters, list):
        note_repeats("parameters", node.items(), problems)
        given = {str(item.value): (item, item.mark) for item in node.items()}
        choices = dict.fromkeys(given, VariedChoice.model_validate({"from": "evidence"}))
    else:
        entries = node.entries()
        given = {name: (entry.node, entry.mark) for name, entry in entries.items()}
        choices = file.parameters
    found = []
    for name, (at, mark) in given.items():
        if name not in cards:
            note(problems, mark, "parameters", name, unknown_parameter(name, None, cards))
        elif name in choices and not any_broken(at):
            if one := checked_choice(name, at, choices[name], design, start, problems):
                found.append(one)
    return found


def checked_choice(
    name: str,
    node: Node,
    choice: VariedChoice,
    design: str,
    start: Parameters,
    problems: Problems,
) -> Varied | None:
    """One parameter as the design takes it, or None and what is wrong noted."""
    before = problems.count
    given = list(choice.model_dump(by_alias=True, exclude_none=True))
    ways = [way for way in WAYS if way in given]
    if len(ways) != 1:
        found = f"has {' and '.join(ways)}" if ways else "says nothing of its values"
        note(problems, node.mark, name, None, f"{found}; give one of {', '.join(WAYS)}")
        return None
    for key, reason in misplaced(choice, ways[0], design):
        if key in given:
            note(problems, node.at((key,))[0], key, None, reason)
    if name in {changed for changed, _, _ in start.later.changes}:
        note(problems, node.mark, name, None, BY_YEAR)
    if problems.count > before:
        return None
    if choice.values is not None or choice.choice is not None:
        values = checked_values(name, node.at((ways[0],))[1], start, problems)
        check_weights(node, choice, problems)
        distribution: Choice | Range | None = Choice(values, tuple(choice.weights or ()))
    elif choice.distribution is None:
        fixed = not_sampled(name, start)
        if fixed is not None:
            note(problems, node.mark, "parameters", name, fixed)
        distribution = None if fixed else of_evidence(name, start)
    else:
        distribution = checked_range(name, node, choice, start, problems)
    if distribution is None or problems.count > before:
        return None
    return Varied(name, distribution, choice.levels or 3, choice.source is not None)


def misplaced(choice: VariedChoice, way: str, design: str) -> list[tuple[str, str]]:
    """Keys that do not go with the way a parameter is given, or with the design; and why."""
    wanted = NUMBERS[choice.distribution] if choice.distribution else ()
    takes = f"{choice.distribution} takes {', '.join(wanted)}" if wanted else f"not with {way}"
    found = [(key, takes) for key in ALL_NUMBERS if key not in wanted]
    if way == "values" and design in SEQUENCES:
        found.append(("values", "only grid and one_at_a_time take values; give a choice"))
    if way != "choice" or design in ("grid", "one_at_a_time"):
        found.append(("weights", "only a choice of lhs or sobol has weights"))
    if way not in ("from", "distribution") or design not in ("grid", ""):
        found.append(("levels", "only a range of a grid has levels"))
    return found


def check_weights(node: Node, choice: VariedChoice, problems: Problems) -> None:
    """Note weights that are no distribution over the choice."""
    if choice.weights is None or choice.choice is None:
        return
    at = node.at(("weights",))[1]
    if len(choice.weights) != len(choice.choice):
        allowed = f"must be {len(choice.choice)} numbers, one a value"
        note(problems, at.mark, "weights", None, allowed)
    elif min(choice.weights) <= 0.0:
        note(problems, at.mark, "weights", shown(min(choice.weights)), "must be above 0")


def checked_values(name: str, node: Node, start: Parameters, problems: Problems) -> tuple[Any, ...]:
    """The values of a choice that the model knows; the others are noted, repeats as well."""
    card = Parameters.all_cards()[name]
    found: dict[Any, None] = {}
    for item in node.items():
        value = item.plain()
        whole = tuple(value) if isinstance(value, list) else value
        if problem := value_problem(name, value, card, start):
            note(problems, item.mark, name, item.text or value, problem)
        elif whole in found:
            note(problems, item.mark, name, item.text or value, "listed twice")
        else:
            found[whole] = None
    return tuple(found)


def checked_range(
    name: str, node: Node, choice: VariedChoice, start: Parameters, problems: Problems
) -> Range | None:
    """The distribution that the file gives a parameter, or None and what is wrong noted."""
    assert choice.distribution is not None
    if reason := no_range(Parameters.all_cards()[name], value_of(start, name)):
        note(problems, node.mark, "parameters", name, reason)
        return None
    wanted = NUMBERS[choice.distribution]
    given = {key: getattr(choice, key) for key in wanted}
    missing = [key for key, value in given.items() if value is None]
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        allowed = f"{', '.join(missing)} {verb} missing; {choice.distribution} takes "
        note(problems, node.mark, name, None, allowed + ", ".join(wanted))
        return None
    low, high = given["low"], given["high"]
    middle = given.get("mode", given.get("median", (low + high) / 2))
    at = {key: node.at((key,))[1] for key in wanted}

    def wrong(key: str, allowed: str) -> None:
        note(problems, at[key].mark, key, at[key].text, allowed)

    if not low < high:
        wrong("low", f"must be below high, {high:g}")
    elif not low <= middle <= high:
        wrong(wanted[1], f"must lie between low and high, {low:g} and {high:g}")
    elif choice.distribution == "lognormal" and low <= 0.0:
        wrong("low", "must be above 0 for a lognormal")
    for key in ("low", "high"):
        if problem := end_problem(name, given[key], start):
            wrong(key, problem)
    return Range(choice.distribution, low, middle, high)


def end_problem(name: str, end: float, start: Parameters) -> str | None:
    """Why a range cannot reach this far, or None; the range of a tuple is of its factor."""
    card, default = Parameters.all_cards()[name], value_of(start, name)
    if not isinstance(default, tuple):
        problem = number_problem(end, card)
        return f"{problem} ({name})" if problem else None
    for label, value in zip(card.labels, default, strict=True):
        if problem := number_problem(end * value, card):
            base = shown(plain(value))
            return f"as a factor it makes {label} {end * value:g} ({base} in the base): {problem}"
    return None
