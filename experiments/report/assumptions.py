"""What was assumed and what was run: blocks of the part for analysts."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from streetlight.experiments.analyse.patterns import KnownPattern, patterns
from streetlight.experiments.analyse.study import Study, StudyFuture
from streetlight.experiments.currency import in_currency
from streetlight.experiments.distributions import value_of
from streetlight.experiments.future_words import changes, sampled_ranges, shock_words
from streetlight.experiments.future_words import distribution_in_words as drawn_in_words
from streetlight.experiments.labels import pretty
from streetlight.experiments.remarks import told_of
from streetlight.experiments.report.blocks import Block, Cell, Line, block, cell, heads, texts
from streetlight.experiments.report.conditions import SHOCKS
from streetlight.experiments.schema.names import range_in_words, value_in_words
from streetlight.experiments.words import say, typographic, under, upper
from streetlight.model.parameters import Parameters
from streetlight.model.parameters.card import GRADES
from streetlight.model.parameters.sources import named_for_readers

#: Futures that are listed one by one.
MOST_LISTED = 40


def blocks(study: Study) -> list[Block]:
    """All blocks, in their order."""
    every = [
        region(study), futures(study), register(study), of_patterns(study), provenance(study),
        words("glossary"), words("limits"),
    ]  # fmt: skip
    return [one for one in every if one]


def region(study: Study) -> Block:
    """What the region's file said, and what was filled in for what it did not say."""
    told = told_of(study.config)
    if told is None:
        return {}
    lines = [*(told.filled() or [say("analysts.region_whole")]), *told.done()]
    return block("region", [upper(line) for line in lines])


def shown(value: Any) -> str:
    """A parameter's value as text."""
    if isinstance(value, bool):
        return say("analysts.on" if value else "analysts.off")
    if isinstance(value, (list, tuple)):
        return ", ".join(shown(one) for one in value)
    if isinstance(value, Mapping):  # by policy year
        return value_in_words({year: shown(one) for year, one in value.items()})
    if not isinstance(value, (int, float)):
        return str(value)
    return f"{value:,.0f}" if value == round(value) else f"{value:.4g}"


def futures(study: Study) -> Block:
    """What each future sets; values outside the evidence are marked."""
    own = [future for future in study.futures if not future.sampled]
    rows = [row for future in own[:MOST_LISTED] for row in of_future(future, study.config)]
    rows += of_draws(study) if study.config.get("sampling") else []
    columns = heads("sets", "value", "otherwise", "range")
    text, fold = [say("analysts.outside")], len(rows) > 10
    found = block("futures", text, first="future", heads=columns, rows=rows, fold=fold)
    return found if rows else {}


def of_future(future: StudyFuture, config: Mapping[str, Any]) -> Iterator[Line]:
    """A row each for what a future sets, and for its shocks; not for what the model has no more."""
    head = typographic(future.title)
    if not future.sets:
        yield head, texts(say("analysts.nothing"), "", "", "")
    known = {k: v for k, v in future.sets.items() if k in Parameters.all_cards()}
    for one in changes(known, config.get("parameters") or {}):
        evidence = "" if one["low"] is None else observed(one["low"], one["high"])
        yield head, changed(one, shown(known[one["name"]]), shown(one["otherwise"]), evidence)
    for shock in future.sets.get(SHOCKS) or ():
        about = shock_words(shock, config.get("communities"))
        what = say("analysts.shock", what=about.what, where=about.where, when=about.when)
        yield head, texts(what, about.size, "", "")


def of_draws(study: Study) -> Iterator[Line]:
    """A row for each parameter that was drawn."""
    draws = [future.sets for future in study.futures if future.sampled]
    drawn, base = study.config["sampling"]["parameters"], study.config.get("parameters") or {}
    known = {k: v for k, v in drawn.items() if k in Parameters.all_cards()}
    defaults = Parameters()
    for one in sampled_ranges(known, draws):
        usual = shown(base.get(one["name"], value_of(defaults, one["name"])))
        how = drawn_in_words(one["how"])
        yield say("analysts.drawn", n=len(draws)), changed(one, how, usual, one["evidence"])


def changed(one: Mapping[str, Any], value: str, usual: str, evidence: str) -> list[Cell]:
    """The cells of a parameter that is not as usual, with a mark outside the evidence."""
    return texts(upper(one["title"]), value + " !" * one["outside"], usual, evidence)


def register(study: Study) -> Block:
    """Every parameter with the value it has in this study, its range, grade and source."""
    given = study.config.get("parameters") or {}
    varied = Counter(name for future in study.futures for name in future.sets)
    rows, defaults = [], Parameters()
    for name, card in Parameters.all_cards().items():
        mark = say("analysts.changed") if name in given else ""
        if name in varied:
            mark = say("analysts.varied", n=varied[name])
        value = cell(None, shown(given.get(name, value_of(defaults, name))), mark)
        about = (
            in_currency(card.unit),
            range_in_words(card),
            card.grade,
            named_for_readers(card.source),
        )
        rows.append((f"{upper(card.title)} [{name}]", [value, *texts(*about)]))
    columns = heads("value", "unit", "range", "grade", "source")
    meant = "; ".join(f"{grade}: {text}" for grade, text in GRADES.items())
    text = [say("analysts.grades", grades=meant)]
    return block("register", text, first="assumption", heads=columns, rows=rows, fold=True,
                 n=f"{len(rows)}")  # fmt: skip


def of_patterns(study: Study) -> Block:
    """Known patterns beside the model at its defaults, those that it fails first."""
    every = sorted(patterns(), key=lambda one: one.matched)
    follows = study.row("count_follows_youth", study.baseline).mean
    text = [say("analysts.follows", by=f"{follows:.2f}")] if math.isfinite(follows) else []
    rows = [(upper(one.text), texts(*in_columns(one))) for one in every]
    columns = heads("seen", "model", "matches", "use", "source")
    k, n = f"{sum(one.matched for one in every)}", f"{len(every)}"
    return block("patterns", text, first="pattern", heads=columns, rows=rows, fold=True, k=k, n=n)


def in_columns(one: KnownPattern) -> Iterator[str]:
    """What was seen, the model's number, whether they match, and from where it is known."""
    yield observed(one.low, one.high)
    yield f"{one.model:.3g}"
    yield say("analysts.matched" if one.matched else "analysts.not_matched")
    yield say("analysts.fitted" if one.fitted else "analysts.free")
    yield named_for_readers(one.source)


def observed(low: float, high: float) -> str:
    """The range of a pattern; an end may be open."""
    key = "at_most" if math.isnan(low) else "at_least" if math.isnan(high) else "span"
    return say(f"analysts.{key}", low=f"{low:g}", high=f"{high:g}")


def provenance(study: Study) -> Block:
    """What was run, with what; nothing of when, so that the same results give the same page."""
    manifest, config = study.manifest, study.config
    failed = (manifest.get("counts") or {}).get("failed")
    packages = manifest.get("packages") or {}
    about = {
        "files": ", ".join(manifest.get("sources") or []),
        "runs": f"{study.comparison.n_runs:,}", "failed": f"{failed:,}" if failed else "",
        "places": f"{config.get('communities') or 0:,}",
        "youth": f"{config.get('youth') or 0:,.0f}",
        "years": str(study.years), "seed": str(config.get("seed", "")),
        "settings": str(manifest.get("config_sha256") or "")[:16],
        "code": str(manifest.get("code_sha256") or "")[:16],
        "packages": ", ".join(f"{name} {version}" for name, version in packages.items()),
        "machine": f"{manifest.get('python') or ''} {manifest.get('platform') or ''}".strip(),
    }  # fmt: skip
    facts = [(say(f"analysts.run.{key}"), text) for key, text in about.items() if text]
    return block("provenance", facts=facts)


def words(part: str) -> Block:
    """The glossary or the limits, as the catalogue has them."""
    told = under(part)
    if part == "limits":
        return block(part, list(told.values()))
    return block(part, facts=[(pretty(name), text) for name, text in told.items()], fold=True)
