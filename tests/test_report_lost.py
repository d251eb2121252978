"""Where youth are lost: the steps of the cascade."""

from __future__ import annotations

from made_study import numbers, three_plans

from streetlight.experiments.report import lost

SHARES = {"noticed": (0.30, 0.35), "known": (0.20, 0.24), "screened": (0.14, 0.16),
          "investigated": (0.10, 0.14), "identified": (0.05, 0.08),
          "served": (0.02, 0.04)}  # fmt: skip


def cohort(**changes: tuple[float, float]) -> dict[str, dict[str, object]]:
    """The steps' shares without money and by head; the other plans' are as by head."""
    return {
        f"cohort_{step}_share": dict(numbers(low, high, high, high))
        for step, (low, high) in {**SHARES, **changes}.items()
    }


def test_every_step_has_two_bars_and_what_opens_and_closes_it() -> None:
    """In their order, rounded to what is known."""
    shown = lost.section(three_plans(**cohort()))
    assert [(r["name"], *[b["text"] for b in r["bars"]]) for r in shown["rows"]] == [
        ("Noticed by someone", "30", "35"), ("Reported", "20", "24"), ("Taken up", "14", "16"),
        ("Investigated", "10", "14"), ("Found", "5.0", "8.0"), ("Helped", "2.0", "4.0"),
    ]  # fmt: skip
    assert all(row["opens"] and row["closes"] for row in shown["rows"])
    assert shown["title"] == "Seven in ten exploited youth are never noticed"
    assert shown["lead"] == (
        "Of those reported, 25% are found with no added money and 33% with sharing by number of "
        "youth."
    )


def test_steps_never_grow() -> None:
    """A step that rounding made larger is as large as the one before."""
    shown = lost.section(three_plans(**cohort(screened=(0.21, 0.16))))
    assert [b["width"] for b in shown["rows"][2]["bars"]][0] == shown["rows"][1]["bars"][0]["width"]


def test_steps_that_were_not_counted_are_left_out() -> None:
    """Older results know two steps."""
    two = {key: value for key, value in cohort().items() if "known" in key or "identified" in key}
    shown = lost.section(three_plans(**two))
    assert [row["name"] for row in shown["rows"]] == ["Reported", "Found"]
    assert shown["title"] == "Where youth are lost"
    assert lost.section(three_plans()) == {}
