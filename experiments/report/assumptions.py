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
from streetlight.experiments.future_words import (
    changes,
    distribution_in_words,
    sampled_ranges,
    shock_words,
)
from streetlight.experiments.remarks import told_of
from streetlight.experiments.report.blocks import Block, Cell, cell, heads, table, texts
from streetlight.experiments.report.words import catalogue, say, typographic, upper
from streetlight.experiments.schema.names import range_in_words
from streetlight.model.parameters import Parameters
from streetlight.model.parameters.card import GRADES
from streetlight.model.parameters.sources import named_for_readers

SHOCKS = "shocks"
#: Futures that are listed one by one.
MOST_LISTED = 40
Line = tuple[str, list[Cell]]


def blocks(study: Study) -> list[Block]:
    """All blocks, in their order."""
    every = [
        region(study), futures(study), register(study), of_patterns(), provenance(study),
        words("glossary"), words("limits"),
    ]  # fmt: skip
    return [block for block in every if block]


def region(study: Study) -> Block:
    """What the region's file said, and what was filled in for what it did not say."""
    told = told_of(study.config)
    if told is None:
        return {}
    lines = [*(told.filled() or [say("analysts.region_whole")]), *told.done()]
    return {"title": say("analysts.region"), "text": [upper(line) for line in lines]}


def shown(value: Any) -> str:
    """A parameter's value as text."""
    if isinstance(value, bool):
        return say("analysts.on" if value else "analysts.off")
    if isinstance(value, (list, tuple)):
        return ", ".join(shown(one) for one in value)
    if not isinstance(value, (int, float)):
        return str(value)
    return f"{value:,.0f}" if value == round(value) else f"{value:.4g}"


def futures(study: Study) -> Block:
    """What each future sets; values outside the evidence are marked."""
    own = [future for future in study.futures if not future.sampled]
    rows = [row for future in own[:MOST_LISTED] for row in of_future(future, study.config)]
    rows += of_draws(study) if study.config.get("sampling") else []
    columns = heads("sets", "value", "otherwise", "range")
    return {
        "title": say("analysts.futures"), "text": [say("analysts.outside")],
        "fold": len(rows) > 10, "table": table(say("analysts.future"), columns, rows),
    } if rows else {}  # fmt: skip


def of_future(future: StudyFuture, config: Mapping[str, Any]) -> Iterator[Line]:
    """A row each for what a future sets, and for its shocks; not for what the model has no more."""
    head = typographic(future.title)
    if not future.sets:
        yield head, texts(say("analysts.nothing"), "", "", "")
    known = {k: v for k, v in future.sets.items() if k in Parameters.all_cards()}
    for one in changes(known, config.get("parameters") or {}):
        evidence = "" if one["low"] is None else f"{one['low']:g} to {one['high']:g}"
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
    for one in sampled_ranges(known, draws):
        usual = shown(base.get(one["name"], value_of(Parameters(), one["name"])))
        how = distribution_in_words(one["how"])
        yield say("analysts.drawn", n=len(draws)), changed(one, how, usual, one["evidence"])


def changed(one: Mapping[str, Any], value: str, usual: str, evidence: str) -> list[Cell]:
    """The cells of a parameter that is not as usual, with a mark outside the evidence."""
    return texts(upper(one["title"]), value + " !" * one["outside"], usual, evidence)


def register(study: Study) -> Block:
    """Every parameter with the value it has in this study, its range, grade and source."""
    given = study.config.get("parameters") or {}
    varied = Counter(name for future in study.futures for name in future.sets)
    rows = []
    for name, card in Parameters.all_cards().items():
        mark = say("analysts.changed") if name in given else ""
        if name in varied:
            mark = say("analysts.varied", n=varied[name])
        value = cell(None, shown(given.get(name, value_of(Parameters(), name))), mark)
        about = (
            in_currency(card.unit),
            range_in_words(card),
            card.grade,
            named_for_readers(card.source),
        )
        rows.append((f"{upper(card.title)} [{name}]", [value, *texts(*about)]))
    columns = heads("value", "unit", "range", "grade", "source")
    meant = "; ".join(f"{grade}: {text}" for grade, text in GRADES.items())
    return {
        "title": say("analysts.register", n=f"{len(rows)}"),
        "text": [say("analysts.grades", grades=meant)],
        "fold": True, "table": table(say("analysts.assumption"), columns, rows),
    }  # fmt: skip


def of_patterns() -> Block:
    """Known patterns beside the model at its defaults."""
    every = patterns()
    rows = [(upper(one.text), texts(*in_columns(one))) for one in every]
    columns = heads("seen", "model", "matches", "use", "source")
    n = sum(one.matched for one in every)
    return {
        "title": say("analysts.patterns", k=f"{n}", n=f"{len(every)}"), "text": [], "fold": True,
        "table": table(say("analysts.pattern"), columns, rows),
    }  # fmt: skip


def in_columns(one: KnownPattern) -> Iterator[str]:
    """What was seen, the model's number, whether they match, and from where it is known."""
    yield observed(one.low, one.high)
    yield f"{one.model:.3g}"
    yield say("analysts.matched" if one.matched else "analysts.not_matched")
    yield say("analysts.fitted" if one.fitted else "analysts.free")
    yield named_for_readers(one.source)


def observed(low: float, high: float) -> str:
    """The range of a pattern; an end may be open."""
    if math.isnan(low):
        return say("analysts.at_most", n=f"{high:g}")
    if math.isnan(high):
        return say("analysts.at_least", n=f"{low:g}")
    return f"{low:g} to {high:g}"


def provenance(study: Study) -> Block:
    """What was run, with what; nothing of when, so that the same results give the same page."""
    manifest, config = study.manifest, study.config
    counts = manifest.get("counts") or {}
    packages = manifest.get("packages") or {}
    about = {
        "files": ", ".join(manifest.get("sources") or []),
        "runs": f"{counts.get('runs', study.comparison.n_runs):,}",
        "failed": f"{counts['failed']:,}" if counts.get("failed") else "",
        "places": f"{config.get('communities') or 0:,}",
        "youth": f"{config.get('youth') or 0:,.0f}",
        "years": str(study.years),
        "seed": str(config.get("seed", "")),
        "settings": str(manifest.get("config_sha256") or "")[:16],
        "code": str(manifest.get("code_sha256") or "")[:16],
        "packages": ", ".join(f"{name} {version}" for name, version in packages.items()),
        "machine": f"{manifest.get('python') or ''} {manifest.get('platform') or ''}".strip(),
    }
    facts = [(say(f"analysts.run.{key}"), text) for key, text in about.items() if text]
    return {"title": say("analysts.provenance"), "text": [], "facts": facts}


def words(part: str) -> Block:
    """The glossary or the limits, as the catalogue has them."""
    start, title = f"{part}.", say(f"analysts.{part}")
    told = {k.removeprefix(start): typographic(v) for k, v in catalogue().items()
            if k.startswith(start)}  # fmt: skip
    if part == "limits":
        return {"title": title, "text": list(told.values())}
    facts = [(name.replace("_", " "), text) for name, text in told.items()]
    return {"title": title, "text": [], "facts": facts, "fold": True}
