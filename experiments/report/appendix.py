"""The appendix: every assumption with its source, what was run, and what the words mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from streetlight.model.parameters import Parameters
from streetlight.model.parameters.card import GRADES
from streetlight.model.parameters.sources import named_for_readers

GLOSSARY = (
    ("averted", "less of it than under the baseline in the same simulated world"),
    ("ascertainment", "the share of true victimizations that are identified"),
    ("baseline", "what the other plans are compared with, usually no added spending"),
    ("future", "one setting of what nobody controls, such as how fast training fades"),
    ("identified", "confirmed by an investigation, so that protection starts"),
    ("known", "reported at least once to a body that keeps a list"),
    ("interval (95%)", "made so that it holds the true mean in 95 of 100 repetitions with other "
     "luck in the same futures; those of plans are made so that all of them hold at once in 95 of "
     "100; more replicates make it narrower"),
    ("lever", "something money buys: training, investigators, a text channel and so on"),
    ("person-year", "one youth exploited for one year, or two for half a year each"),
    ("plan (policy)", "who gets how much money, and what it may be spent on"),
    ("reference (oracle)", "a plan that is told the truth, which nobody can be; it shows how much "
     "knowing would be worth and is never ranked"),
    ("regret", "what a plan falls short of the best of all compared in the same future"),
    ("replicate", "one repetition with other luck in the same future"),
    ("special unit", "posts, mostly of police, whose work is to look; more is seen, and more is "
     "suspected falsely"),
    ("spread over futures", "how far the futures' own means lie apart; more runs do not narrow it"),
    ("true victimization", "one spell of exploitation of one youth in the simulation, whether "
     "anyone sees it or not"),
    ("youth", "aged 10 to 17"),
)  # fmt: skip

LIMITS = (
    "It does not forecast, and no number in it is an estimate of how much exploitation there is "
    "anywhere. Real counties stand in it only so that plans meet a realistic mixture of places.",
    "It compares plans under assumptions. Many of the numbers it assumes are uncertain or unknown; "
    "the list of them above says which, and where each comes from.",
    "It scores no person and ranks no real place. Nothing in it describes how those who exploit "
    "act, and nothing in it blames youth.",
    "Being reported is not being helped. Read the figures on errors and on unmet places beside "
    "those on youth identified.",
)
#: Futures that are named in a line of the register; more are counted.
MOST_FUTURES = 3


@dataclass(frozen=True)
class Assumption:
    """A line of the register. varied: how this experiment changes it, '' where it does not."""

    name: str
    title: str
    value: str
    evidence: str
    unit: str
    grade: str
    source: str
    varied: str
    changed: bool


def register(config: Mapping[str, Any]) -> list[Assumption]:
    """Every parameter with the value it has in this experiment."""
    cards = Parameters.all_cards()
    base = Parameters()
    overrides = config.get("parameters") or {}
    futures = config.get("futures") or {}
    lines = []
    for name, card in cards.items():
        group, _, key = name.partition(".")
        default = getattr(getattr(base, group), key)
        value = overrides.get(name, default)
        within = {future: change[name] for future, change in futures.items() if name in change}
        ranged = card.high > card.low and card.unit not in ("switch", "choice")
        lines.append(
            Assumption(
                name=name,
                title=card.title,
                value=shown(value),
                evidence=f"{card.low:g} to {card.high:g}" if ranged else "",
                unit=card.unit,
                grade=card.grade,
                source=named_for_readers(card.source),
                varied=varied(within, len(futures)),
                changed=name in overrides,
            )
        )
    return lines


def varied(within: Mapping[str, Any], n_futures: int) -> str:
    """In which futures a parameter has a value of its own, and which; within: value by future."""
    if not within:
        return ""
    if len(within) <= MOST_FUTURES:
        return "; ".join(f"{one.replace('_', ' ')}: {shown(v)}" for one, v in within.items())
    text = f"in {len(within)} of {n_futures} futures"
    values = list(within.values())
    if all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in values):
        text += f": {shown(min(values))} to {shown(max(values))}"
    return text


def shown(value: Any) -> str:
    """A parameter's value as text."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, (list, tuple)):
        return ", ".join(shown(one) for one in value)
    if not isinstance(value, (int, float)):
        return str(value)
    return f"{value:,.0f}" if value == round(value) else f"{value:.4g}"


def grades() -> list[tuple[str, str]]:
    """What the grades of evidence mean."""
    return list(GRADES.items())


def provenance(manifest: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What was run, with what."""
    config = manifest.get("config") or {}
    counts, times = manifest.get("counts") or {}, manifest.get("times") or {}
    packages = manifest.get("packages") or {}
    facts = [
        ("experiment", str(manifest.get("experiment", ""))),
        ("files", ", ".join(manifest.get("sources") or []) or "built in Python"),
        ("started", str(manifest.get("started", ""))),
        ("took", f"{times['seconds']:,.0f} seconds" if "seconds" in times else ""),
        ("runs", f"{counts.get('runs', 0):,} ({counts.get('failed', 0):,} failed)"),
        ("region", region(config.get("region"))),
        ("communities", f"{config.get('communities', 0):,}"),
        ("youth", f"{config.get('youth', 0):,.0f}"),
        ("years", str(config.get("horizon", ""))),
        ("seed", str(config.get("seed", ""))),
        ("configuration", str(manifest.get("config_sha256", ""))[:16]),
        ("model code", str(manifest.get("code_sha256", ""))[:16]),
        ("commit", str(manifest.get("code_commit") or "")),
        ("packages", ", ".join(f"{name} {version}" for name, version in packages.items())),
        ("python", str(manifest.get("python", ""))),
        ("platform", str(manifest.get("platform", ""))),
    ]
    return [(name, text) for name, text in facts if text]


def region(choice: Any) -> str:
    """Which region was simulated, as the file chose it: 'synthetic: n_communities 300, seed 1'."""
    if not isinstance(choice, Mapping):
        return str(choice or "")
    parts = []
    for kind, about in choice.items():
        told = (
            ", ".join(f"{key} {value}" for key, value in about.items())
            if isinstance(about, Mapping)
            else str(about)
        )
        parts.append(f"{kind}: {told}" if told else str(kind))
    return "; ".join(parts)
