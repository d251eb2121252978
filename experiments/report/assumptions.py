"""What was assumed and what was run: blocks of the part for analysts."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from streetlight.experiments.analyse.patterns import patterns
from streetlight.experiments.analyse.study import Future, Study
from streetlight.experiments.distributions import value_of
from streetlight.experiments.future_words import (
    changes,
    distribution_in_words,
    sampled_ranges,
    shock_words,
)
from streetlight.experiments.report.blocks import Block, cell, table
from streetlight.experiments.report.words import catalogue, say, typographic, upper
from streetlight.experiments.schema.names import range_in_words
from streetlight.model.parameters import Parameters
from streetlight.model.parameters.card import GRADES
from streetlight.model.parameters.sources import named_for_readers

SHOCKS = "shocks"
#: Futures that are listed one by one.
MOST_LISTED = 40


def blocks(study: Study) -> list[Block]:
    """All blocks, in their order."""
    return [
        futures(study), register(study), of_patterns(), provenance(study), words("glossary"),
        words("limits"),
    ]  # fmt: skip


def shown(value: Any) -> str:
    """A parameter's value as text."""
    if isinstance(value, bool):
        return say("analysts.on" if value else "analysts.off")
    if isinstance(value, (list, tuple)):
        return ", ".join(shown(one) for one in value)
    if not isinstance(value, (int, float)):
        return str(value)
    return f"{value:,.0f}" if value == round(value) else f"{value:.4g}"


def one_change(name: str, value: Any, config: Mapping[str, Any]) -> dict[str, str]:
    """A parameter that a future sets, in words; {} for one that the model no longer has."""
    if name not in Parameters.all_cards():
        return {}
    (one,) = changes({name: value}, config.get("parameters") or {})
    outside = " !" if one["outside"] else ""
    return {
        "title": upper(one["title"]), "value": shown(value) + outside,
        "otherwise": shown(one["otherwise"]),
        "range": "" if one["low"] is None else f"{one['low']:g} to {one['high']:g}",
    }  # fmt: skip


def futures(study: Study) -> Block:
    """What each future sets; values outside the evidence are marked."""
    own = [future for future in study.futures if not future.sampled]
    drawn = [future for future in study.futures if future.sampled]
    rows = [row for future in own[:MOST_LISTED] for row in of_future(future, study.config)]
    sampling = study.config.get("sampling")
    if sampling:
        rows += list(of_draws(sampling["parameters"], [f.sets for f in drawn], study.config))
    if not rows:
        return {}
    heads = [say(f"analysts.{key}") for key in ("sets", "value", "otherwise", "range")]
    return {
        "title": say("analysts.futures"), "text": [say("analysts.outside")],
        "fold": len(rows) > 10, "table": table(say("analysts.future"), heads, rows),
    }  # fmt: skip


def of_future(future: Future, config: Mapping[str, Any]) -> Iterator[tuple[str, list[Any]]]:
    """A row each for what a future sets, and for its shocks."""
    head = typographic(future.title)
    if not future.sets:
        yield head, [cell(None, say("analysts.nothing")), *[cell(None, "")] * 3]
    for name, value in future.sets.items():
        if about := one_change(name, value, config):
            texts = [about[key] for key in ("title", "value", "otherwise", "range")]
            yield head, [cell(None, text) for text in texts]
    for shock in future.sets.get(SHOCKS) or ():
        one = shock_words(shock, config.get("communities"))
        texts = [say("analysts.shock", what=one.what, where=one.where, when=one.when), one.size]
        yield head, [cell(None, text) for text in (*texts, "", "")]


def of_draws(
    parameters: Mapping[str, Any], draws: list[Mapping[str, Any]], config: Mapping[str, Any]
) -> Iterator[tuple[str, list[Any]]]:
    """A row for each parameter that was drawn."""
    known = {k: v for k, v in parameters.items() if k in Parameters.all_cards()}
    base = config.get("parameters") or {}
    for one in sampled_ranges(known, draws):
        outside = " !" if one["outside"] else ""
        usual = shown(base.get(one["name"], value_of(Parameters(), one["name"])))
        texts = (upper(one["title"]), distribution_in_words(one["how"]) + outside, usual,
                 one["evidence"])  # fmt: skip
        yield say("analysts.drawn", n=len(draws)), [cell(None, text) for text in texts]


def register(study: Study) -> Block:
    """Every parameter with the value it has in this study, its range, grade and source."""
    given = study.config.get("parameters") or {}
    varied: dict[str, int] = {}
    for future in study.futures:
        for name in future.sets:
            varied[name] = varied.get(name, 0) + 1
    rows = []
    for name, card in Parameters.all_cards().items():
        mark = say("analysts.changed") if name in given else ""
        if name in varied:
            mark = say("analysts.varied", n=varied[name])
        texts = (card.unit, range_in_words(card), card.grade, named_for_readers(card.source))
        value = cell(None, shown(given.get(name, value_of(Parameters(), name))), mark)
        rows.append((f"{upper(card.title)} [{name}]", [value, *(cell(None, t) for t in texts)]))
    heads = [say(f"analysts.{key}") for key in ("value", "unit", "range", "grade", "source")]
    meant = "; ".join(f"{grade}: {text}" for grade, text in GRADES.items())
    return {
        "title": say("analysts.register", n=f"{len(rows)}"),
        "text": [say("analysts.grades", grades=meant)],
        "fold": True, "table": table(say("analysts.assumption"), heads, rows),
    }  # fmt: skip


def of_patterns() -> Block:
    """Known patterns beside the model at its defaults."""
    every = patterns()
    rows = [
        (
            upper(one.text),
            [cell(None, text) for text in (
                observed(one.low, one.high), f"{one.model:.3g}",
                say("analysts.matched" if one.matched else "analysts.not_matched"),
                say("analysts.fitted" if one.fitted else "analysts.free"),
                named_for_readers(one.source),
            )],
        )
        for one in every
    ]  # fmt: skip
    heads = [say(f"analysts.{key}") for key in ("seen", "model", "matches", "use", "source")]
    n = sum(one.matched for one in every)
    return {
        "title": say("analysts.patterns", k=f"{n}", n=f"{len(every)}"), "text": [], "fold": True,
        "table": table(say("analysts.pattern"), heads, rows),
    }  # fmt: skip


def observed(low: float, high: float) -> str:
    """The range of a pattern; an end may be open."""
    if math.isnan(low):
        return say("analysts.at_most", n=f"{high:g}")
    if math.isnan(high):
        return say("analysts.at_least", n=f"{low:g}")
    return f"{low:g} to {high:g}"


def provenance(study: Study) -> Block:
    """What was run, with what."""
    manifest, config = study.manifest, study.config
    counts, times = manifest.get("counts") or {}, manifest.get("times") or {}
    packages = manifest.get("packages") or {}
    texts = {
        "files": ", ".join(manifest.get("sources") or []),
        "started": str(manifest.get("started") or ""),
        "took": f"{times['seconds']:,.0f} s" if "seconds" in times else "",
        "runs": f"{counts.get('runs', study.comparison.n_runs):,}",
        "failed": f"{counts['failed']:,}" if counts.get("failed") else "",
        "places": f"{config.get('communities') or 0:,}",
        "youth": f"{config.get('youth') or 0:,.0f}",
        "years": str(study.years),
        "seed": str(config.get("seed", "")),
        "settings": str(manifest.get("config_sha256") or "")[:16],
        "code": str(manifest.get("code_sha256") or "")[:16],
        "packages": ", ".join(f"{name} {version}" for name, version in packages.items()),
        "machine": " ".join(
            str(manifest[key]) for key in ("python", "platform") if manifest.get(key)
        ),
    }
    facts = [(say(f"analysts.run.{key}"), text) for key, text in texts.items() if text]
    return {"title": say("analysts.provenance"), "text": [], "facts": facts}


def words(part: str) -> Block:
    """The glossary or the limits, as the catalogue has them."""
    start = f"{part}."
    facts = [
        (key.removeprefix(start).replace("_", " "), typographic(text))
        for key, text in catalogue().items()
        if key.startswith(start)
    ]
    title = say(f"analysts.{part}")
    if part == "limits":
        return {"title": title, "text": [text for _, text in facts]}
    return {"title": title, "text": [], "facts": facts, "fold": True}
