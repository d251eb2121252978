"""`streetlight policies [NAME] --record FILE`: what rules would do with counts of one's own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from streetlight.experiments.analyse.writing import write_table
from streetlight.experiments.commands.policy_example import FUTURE, planning_facts
from streetlight.experiments.commands.record_files import given_files
from streetlight.experiments.commands.writing import cannot_be_written, check_out, check_replaced
from streetlight.experiments.currency import in_currency, money_sign, money_word, speaking
from streetlight.model.arrays import FloatArray
from streetlight.model.communities.region import Region
from streetlight.model.errors import InputError, did_you_mean
from streetlight.model.money.levers import mix_in_words
from streetlight.model.money.policies import (
    DEFAULT_BUDGET,
    MIXES,
    RULES,
    Policy,
    PolicyError,
    build,
)
from streetlight.model.money.registry import in_words, settings_of
from streetlight.model.names import CLASSES, LEVER_NAMES, N_CLASSES
from streetlight.model.on_average.agency import risk_beliefs
from streetlight.model.parameters import Parameters
from streetlight.model.record.counts import NotInRecordError, OwnRecord, view_of_counts
from streetlight.model.record.view import PlanningView

DEFAULT = "balanced"  # the mix of every policy that names no other
#: With more places than these, dollars by place are left to the file.
MOST_PLACES_SHOWN = 20
COLUMNS = ("rule", "place", "place_class", "youth", "dollars", "dollars_per_youth")
NOBODY_KNOWS = "needs what nobody can know"
#: Said wherever dollars by place are.
NO_COUNTS = (
    "No counts are shown or written, but dollars by place can give a small count away to whoever "
    "knows the rule."
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Applied:
    """Dollars of every rule that could be asked (C, L), and why the others could not."""

    dollars: dict[str, FloatArray]
    refused: dict[str, str]


def policies_on_record(
    name: str | None,
    *,
    record: Path,
    region: str | None,
    budget: float | None = None,
    mix: str | None = None,
    columns: Iterable[str] | None = None,
    to: Path | None = None,
    as_json: bool = False,
) -> int:
    """Print, and write to a file, what one rule or every rule would give with these counts.

    InputError listing every problem of the files, or for a rule, mix or budget that is none.
    """
    budget, mix = DEFAULT_BUDGET if budget is None else budget, mix or DEFAULT
    refuse_unknown(name, budget, mix)
    if to is not None:
        check_out(to, "--to")
        refuse_input(to, record, region)
    own, places, parameters, currency = given_files(record, region, columns)
    dollars = budget * float(places.population.sum())
    names = [name] if name else [one for one in RULES if RULES[one].spends]
    applied = apply([build(one, budget=budget, mix=mix) for one in names], own, places, parameters)
    if name and name in applied.refused:
        raise InputError(f"{name}: {applied.refused[name]}")
    with speaking({"currency": currency}):
        if to is not None:
            try:
                write_places(to, rows_by_place(applied, places))
            except OSError as error:
                raise cannot_be_written(to, error, "--to") from None
        if as_json:
            plain = as_plain(applied, own, places, budget)
            print(json.dumps({"currency": currency, **plain}, indent=2))
            return 0
        if name:
            lines = page_of_one(name, applied, places)
        else:
            lines = page_of_all(applied, places, dollars)
        print("\n".join([*head(own, places, budget), "", *lines]))
        if to is not None:
            print(f"\n{to}: {money_word()} by place. {in_currency(NO_COUNTS)}")
    return 0


def write_places(to: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write money by place, over nothing but such a table; columns have the word for money."""
    columns = [in_currency(column) for column in COLUMNS]
    check_replaced(to, f"{','.join(columns)}\n".encode(), b"", "table of money by place", "--to")
    write_table(to, columns, ({in_currency(k): v for k, v in row.items()} for row in rows))


def refuse_unknown(name: str | None, budget: float, mix: str) -> None:
    """InputError for a rule or mix that there is not, and for a budget that is none."""
    if name is not None and name not in RULES:
        what = " (a mix: name it with --mix)" if name in MIXES else did_you_mean(name, RULES)
        raise InputError(f'no rule is called "{name}"{what}')
    if name and not RULES[name].spends:
        raise InputError(f"{name}: gives nothing to anybody")
    if mix not in MIXES:
        raise InputError(f"--mix: {mix}: must be one of: {', '.join(MIXES)}")
    if not 0.0 < budget < float("inf"):
        raise InputError(f"--budget: {budget:g}: must be dollars a resident a year, more than 0")


def refuse_input(to: Path, record: Path, region: str | None) -> None:
    """InputError where the file to write is one of those that are read."""
    read = [record, *([Path(region)] if region else [])]
    if to.exists() and any(one.exists() and to.samefile(one) for one in read):
        raise InputError(f"--to: {to}: is read by this command; name another file")


def apply(
    asked: Iterable[Policy], own: OwnRecord, region: Region, parameters: Parameters
) -> Applied:
    """Ask each policy what it does in year 0; agencies believe the parameters, without error."""
    without_error = {"agency.log_error_sd": 0.0, "agency.leaves_out": "nothing"}
    parameters = parameters.with_values(without_error).in_year(0)
    dollars, refused = dict[str, FloatArray](), dict[str, str]()
    for policy in asked:
        if policy.uses_oracle or not RULES[policy.name].spends:
            refused[policy.name] = (
                NOBODY_KNOWS if policy.uses_oracle else "gives nothing to anybody"
            )
            continue
        try:
            dollars[policy.name] = allocated(policy, own, region, parameters)
        except PolicyError as error:
            if not isinstance(error.__cause__, NotInRecordError):
                raise
            refused[policy.name] = str(error.__cause__)
    return Applied(dollars, refused)


def allocated(policy: Policy, own: OwnRecord, region: Region, parameters: Parameters) -> FloatArray:
    """Dollars (C, L) of a policy at its first decision, made from a record of one's own."""
    plans = issubclass(policy.view_type, PlanningView)
    more = planning_facts(parameters, region) if plans else {}
    view = view_of_counts(
        own.counts, region, policy.view_type, policy.budget * float(region.population.sum()),
        beliefs=risk_beliefs(parameters, 0, FUTURE), **more,
    )  # fmt: skip
    return policy.allocate(view)


# ------------------------------------------------------------------------------------ what is said


def head(own: OwnRecord, region: Region, budget: float) -> list[str]:
    """What was read, and how much there is to give."""
    people, youth = float(region.population.sum()), region.total_youth
    lines = [
        *own.notes,
        f"{money_sign()}{budget:.2f} a resident a year: {money_sign()}{budget * people:,.0f} for "
        f"{region.n_communities:,} "
        f"places with {youth:,.0f} youth aged 10-17; the first year in which any of it is spent",
        "prices, and what agencies believe of risk and response, are those of the model's central "
        "future",
    ]
    if region.n_communities > 1 and np.ptp(region.poverty_share) == 0.0:
        lines.append("all places have one poverty share: rules that read it tell none from another")
    last = own.counts.known[:, -1]
    if not last.all():
        lines.append(
            f"places of which nothing is known in {own.counts.years[-1]}: {int((~last).sum()):,}; "
            "rules that do not ask who took part take them for places without any, as in the "
            "simulation"
        )
    return lines


def page_of_one(name: str, applied: Applied, region: Region) -> list[str]:
    """One rule: dollars by kind of place and, where these are few, by place."""
    dollars = applied.dollars[name].sum(axis=1)
    rule, settings = RULES[name], settings_of(RULES[name].function) or {}
    lines = [f"{rule.title} ({name}): {rule.summary}", f"It sees {rule.sees}."]
    if settings:
        lines.append(f"Settings: {', '.join(f'{k} = {in_words(v)}' for k, v in settings.items())}.")
    lines += [
        "",
        f"{'':<14}{'places':>8}{'youth':>12}{money_word():>14}{'share':>8}{'per youth':>11}",
    ]
    for label, youth, n, given in by_class(dollars, region):
        share = given / max(float(dollars.sum()), 1e-300)
        lines.append(f"{label:<14}{n:>8,}{youth:>12,.0f}{given:>14,.0f}{share:>8.1%}"
                     f"{per_youth(given, youth):>11}")  # fmt: skip
    bought = applied.dollars[name].sum(axis=0)
    shares = {k: float(v / bought.sum()) for k, v in zip(LEVER_NAMES, bought, strict=True) if v}
    lines += ["", f"It buys: {mix_in_words(shares)}." if shares else "It buys nothing."]
    if region.n_communities > MOST_PLACES_SHOWN:
        return [*lines, f"By place, in {money_word()}: --to FILE.csv"]
    width = max(14, *(len(one) + 2 for one in region.names))
    lines += ["", f"{'':<{width}}{'class':<14}{'youth':>12}{money_word():>14}{'per youth':>11}"]
    for i, place in enumerate(region.names):
        kind, youth, given = CLASSES[region.place_class[i]], region.youth[i], dollars[i]
        lines.append(f"{place:<{width}}{kind:<14}{youth:>12,.0f}{given:>14,.0f}"
                     f"{per_youth(given, youth):>11}")  # fmt: skip
    return [*lines, in_currency(NO_COUNTS)]


def page_of_all(applied: Applied, region: Region, budget: float) -> list[str]:
    """Every rule: dollars per youth by kind of place, and the rules that could not be asked."""
    present = [k for k in range(N_CLASSES) if (region.place_class == k).any()]
    heads = "".join(f"{CLASSES[k]:>13}" for k in present)
    lines = [
        f"{money_word()} per youth (10-17) a year",
        f"{'':<23}{heads}{'all':>13}{'unspent':>9}",
    ]
    for name, by_lever in applied.dollars.items():
        dollars = by_lever.sum(axis=1)
        cells = "".join(f"{per_youth(g, y):>13}" for _, y, _, g in by_class(dollars, region))
        left = max(0.0, 1.0 - float(dollars.sum()) / budget)
        lines.append(f"{name:<23}{cells}{left:>9.0%}")
    if applied.refused:
        lines += ["", "Not asked:", *(f"  {n:<23}{why}" for n, why in applied.refused.items())]
    return [*lines, "", f"By place, in {money_word()}: --to FILE.csv, or name one rule."]


def by_class(dollars: FloatArray, region: Region) -> list[tuple[str, float, int, float]]:
    """Label, youth, places and dollars of each kind of place that occurs, and of all."""
    kinds = [(CLASSES[k], region.place_class == k) for k in range(N_CLASSES)]
    kinds = [one for one in kinds if one[1].any()]
    kinds.append(("all", np.ones(region.n_communities, bool)))
    return [
        (label, float(region.youth[here].sum()), int(here.sum()), float(dollars[here].sum()))
        for label, here in kinds
    ]


def per_youth(dollars: float, youth: float) -> str:
    """Dollars a youth as a table shows them."""
    return f"{dollars / youth:,.2f}" if youth > 0.0 else "-"


def rows_by_place(applied: Applied, region: Region) -> Iterable[dict[str, Any]]:
    """A row a rule and place, places in the order of their ids."""
    for name, by_lever in applied.dollars.items():
        for i, dollars in enumerate(by_lever.sum(axis=1)):
            youth = float(region.youth[i])
            yield {
                "rule": name, "place": region.ids[i], "place_class": CLASSES[region.place_class[i]],
                "youth": youth, "dollars": round(float(dollars), 2),
                "dollars_per_youth": round(float(dollars) / youth, 4) if youth > 0.0 else None,
            }  # fmt: skip


def as_plain(applied: Applied, own: OwnRecord, region: Region, budget: float) -> dict[str, Any]:
    """All of it as plain values."""
    keys = ("place_class", "youth", "places", "dollars")
    return {
        "notes": list(own.notes), "budget": budget,
        "by_class": {
            name: [dict(zip(keys, one, strict=True)) for one in by_class(d.sum(axis=1), region)]
            for name, d in applied.dollars.items()
        },
        "by_place": list(rows_by_place(applied, region)), "not_asked": applied.refused,
    }  # fmt: skip
