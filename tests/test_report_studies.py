"""Every sentence on the pages of two dozen studies: one leader, no broken words."""

from __future__ import annotations

import html
import math
import re
from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t
from twenty_studies import STUDIES, finished

from streetlight.experiments.analyse.study import Study, open_study
from streetlight.experiments.report.leading import metric_words
from streetlight.experiments.report.write import page
from streetlight.experiments.words import inside

#: What no reader above the fold has to know.
JARGON = re.compile(
    r"\b(nan|inf|None(?! of)|null|undefined|Monte-Carlo|dominated|oracle|baseline|replicates?|"
    r"metric|identified|victimi[sz]\w*|person-years|percentile|pip install|P\d\d|SF\d+)\b|\b0 pp\b"
)
#: Numbers that stand for an amount, not a year or a place on a list.
NUMBER = re.compile(r"[$+−]?\d[\d,.]*(?: million| billion|%)?(?: to [\d,.]+(?: million|%)?)?")


@cache
def study_of(name: str) -> Study:
    """A study, run once a session."""
    return open_study(finished(name))


@cache
def sentences(name: str) -> tuple[str, ...]:
    """The sentences of the page above the fold, without what stands in pictures and tables."""
    text = page(study_of(name))
    body = text[text.index("<body") :].partition("<details")[0]
    body = re.sub(r"<(script|svg|select|form)\b.*?</\1>", " ", body, flags=re.S)
    blocks = re.split(
        r"</?(?:p|li|h\d|dt|dd|div|section|figcaption|small|figure|span)\b[^>]*>", body
    )
    plain = [html.unescape(re.sub(r"<[^>]+>", " ", block)) for block in blocks]
    return tuple(
        sentence.strip()
        for block in plain
        for sentence in re.split(r"(?<=[.?!:;])\s+", " ".join(block.split()))
        if sentence.strip()
    )


def leaders_by_hand(study: Study) -> set[str]:
    """Names of plans that may lead, of each sum spent: worked out from the runs alone.

    The plan with the best mean, and all that it does not surely beat by what matters: a t-interval
    of the paired difference, over futures that count alike, shared among all that could be first.
    """
    runs = pd.read_parquet(study.folder / "runs.parquet")
    metric = study.config["metrics"][study.primary]
    sign = 1.0 if metric["direction"] == "more" else -1.0
    values = runs.pivot_table(
        index=["future", "replicate"], columns="policy", values=study.primary, observed=True
    )
    spent = runs.groupby("policy", observed=True)["allocated"].mean()
    base = runs[runs["policy"] == study.baseline.name]
    share = metric["relative_to"]
    means = values.groupby(level="future", observed=True).mean().mean()
    if share == "gain":
        matters = math.inf
        gains = [(surely(sign * (values[p.name] - values[study.baseline.name]), 0.05), p.name)
                 for p in study.plans]  # fmt: skip
        sure = [sign * (means[n] - means[study.baseline.name]) for low, n in gains if low > 0]
        matters = metric["matters"] * max(sure) if sure else math.inf
    elif share:
        level = base.groupby("future", observed=True)[share].mean().mean()
        matters = metric["matters"] * abs(level)
    else:
        matters = metric["matters"]
    n_others = max(len(study.plans), 1)  # the baseline is among those that could be first
    found: set[str] = set()
    for money in {round(spent[p.name], -1) for p in study.plans}:
        plans = [p.name for p in study.plans if round(spent[p.name], -1) == money]
        best = max(plans, key=lambda name: sign * means[name])
        for name in plans:
            low = surely(sign * (values[best] - values[name]), 0.05 / n_others)
            if name == best or not (low > 0 and low >= matters * 0.999):
                found.add(name)
    return found


def surely(pairs: pd.Series, alpha: float) -> float:
    """The lower end of the interval of a mean of paired differences (Welch and Satterthwaite)."""
    by_future = pairs.dropna().groupby(level="future", observed=True)
    n, variance = by_future.size(), by_future.var()
    if (n < 2).any() or n.empty:
        return math.nan
    parts = variance / n
    mean, total = by_future.mean().mean(), parts.sum()
    if total == 0:
        return float(mean)
    df = total**2 / (parts**2 / (n - 1)).sum()
    return float(mean - t.ppf(1 - alpha / 2, df) * np.sqrt(total) / len(n))


@pytest.mark.parametrize("name", STUDIES)
def test_no_sentence_names_another_leader(name: str) -> None:
    """Who is said to lead or tie in the first measure may lead by the runs, whoever says it."""
    study = study_of(name)
    able = leaders_by_hand(study) if study.plans and study.order(study.primary) else set()
    phrases = [metric_words(study.primary, part) for part in ("leads", "best")]
    claims = [s for s in sentences(name) if any(phrase in s for phrase in phrases)]
    for plan in study.plans:
        if plan.name not in able:
            wrong = [s for s in claims if re.search(rf"{re.escape(inside(plan))}(?!\w)", s)]
            assert not wrong, (plan.name, wrong)


@pytest.mark.parametrize(
    ("name", "leader"), [("one_behind", "per_youth"), ("one_behind_in_less", "poverty_need")]
)
def test_a_plan_far_behind_is_said_to_be(name: str, leader: str) -> None:
    """Where one plan is far behind by the runs, the page says that the other leads."""
    study = study_of(name)
    assert leaders_by_hand(study) == {leader}
    claim = f"{inside(study.plan(leader))} {metric_words(study.primary, 'leads')}"
    assert any(claim.lower() in sentence.lower() for sentence in sentences(name))


@pytest.mark.parametrize("name", STUDIES)
def test_every_sentence_can_be_read(name: str) -> None:
    """No jargon, nothing undefined, few numbers, no empty field, one end to each sentence."""
    for sentence in sentences(name):
        found = JARGON.search(sentence)
        assert not found or found[0] in str(STUDIES[name]), sentence
        assert "{" not in sentence and "  " not in sentence and ".." not in sentence, sentence
        assert not re.search(r"\( ?\)|“ ?”| [,.;:]", sentence), sentence
        if sentence.endswith("."):
            assert len(NUMBER.findall(sentence)) <= 3, sentence
            assert len(sentence.split()) <= 40, sentence


def test_what_two_sums_of_money_do_is_never_ranked_together() -> None:
    """Plans of $1 and of $4 a resident are compared within each sum, and the page says so."""
    text = " ".join(sentences("two_budgets"))
    assert "different sums" in text
    assert text.count("a year") >= 2
