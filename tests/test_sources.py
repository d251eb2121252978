"""Sources: the table of works, how readers see them named, and that every key leads to a work."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest
from made_study import three_plans

from streetlight.experiments import cli
from streetlight.experiments.report.assumptions import register
from streetlight.model.parameters import Parameters
from streetlight.model.parameters.sources import named_for_readers, works_cited

ROOT = Path(__file__).parent.parent
KEY = re.compile(r"\bR\d+\b")


def table() -> list[dict[str, str]]:
    """The rows of the table, read without the code under test."""
    with (ROOT / "model/parameters/sources.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read(path: str) -> str:
    """A file of the repository."""
    return (ROOT / path).read_text(encoding="utf-8")


def test_every_key_that_is_cited_has_a_row() -> None:
    """The keys in cards, levers and patterns are keys of the table."""
    cards = " ".join(card.source for card in Parameters.all_cards().values())
    texts = (cards, read("model/data/levers.csv"), read("experiments/data/patterns.csv"))
    cited = {key for text in texts for key in KEY.findall(text)}
    assert len(cited) > 50
    assert cited <= {key for row in table() for key in row["key"].split()}


def test_every_row_names_its_work_and_has_the_right_shape() -> None:
    """Authors or a title are known, years and addresses have their form, and no key is empty."""
    doi = re.compile(r"https://doi\.org/10\.\d{4,5}/\S+")
    for row in table():
        assert re.fullmatch(r"R\d+( R\d+)*", row["key"]), row
        assert row["authors"] or row["title"], row
        assert re.fullmatch(r"((19|20)\d\d)?", row["year"]), row
        assert re.fullmatch(r"(https://[a-z0-9.-]+/\S+)?", row["address"]), row
        assert "doi.org" not in row["address"] or doi.fullmatch(row["address"]), row
        assert not re.search(r"10\.\d{4}|https?:", row["title"] + row["found_in"]), row
        for cell in row.values():
            assert cell == cell.strip() and "|" not in cell, row
    for key in {key for row in table() for key in row["key"].split()}:
        assert any(row["says"] for row in table() if key in row["key"].split()), key


def test_a_work_has_one_row() -> None:
    """No two rows have the same authors, year and title, or the same address."""
    named = [(row["authors"], row["year"], row["title"]) for row in table()]
    addresses = [row["address"] for row in table() if row["address"]]
    assert len(set(named)) == len(named)
    assert len(set(addresses)) == len(addresses)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("R52", "Walsh et al. 2015"),
        ("R15", "Cole & Sprang 2015"),
        ("R23; level assumed", "Gibbs et al. 2023; level assumed"),
        ("R27 R32 (both)", "Lee et al. 2021; Greenbaum et al. 2018 (both)"),
        ("R50", 'Love146, "Why do some youth seek help and others don\'t"'),
        ("R59", '"Reporting sexual assault: a social ecology perspective", 2005'),
        ("R73", "Counter-Trafficking Data Collaborative, [brief on family involvement]"),
        ("effect P63 (R70: n.s.)", "effect P63 (Raissian & Bullinger 2017: n.s.)"),
        ("R68", "Reichert & Sylwestrzak 2013; Saint Francis Ministries 2019"),
        ("R62", "Akpinar et al. 2021 and others"),
        ("assumed", "assumed"),
    ],
)
def test_works_are_named_by_author_and_year_else_by_title(text: str, words: str) -> None:
    """Keys give way to names, and all else stays as it is."""
    assert named_for_readers(text) == words


def test_a_work_with_two_keys_is_found_by_both() -> None:
    """R20 and R89 share a work, which is listed once where both are cited."""
    shared = [work for work in works_cited("R89 R20") if "R89" in work.keys]
    assert [work.authors for work in shared] == ["National Institute of Justice"]
    assert [work.year for work in works_cited("R89 R20")] == ["2020", "2019"]


def test_a_key_without_a_row_is_an_error() -> None:
    """A card that cites an unknown key cannot be shown."""
    with pytest.raises(KeyError, match="R99"):
        named_for_readers("R9 R99")


def test_the_pages_count_the_works_and_their_addresses() -> None:
    """The numbers in docs/sources.md and docs/parameters.md are those of the table."""
    rows = table()
    n_addresses = sum(row["address"] != "" for row in rows)
    assert f"{len(rows)} works, {n_addresses} of them with" in read("docs/sources.md")
    cited = [set(KEY.findall(card.source)) for card in Parameters.all_cards().values()]
    keys = set().union(*cited)
    used = [row for row in rows if keys & set(row["key"].split())]
    followed = {key for row in used if row["address"] for key in row["key"].split()}
    page = read("docs/parameters.md")
    assert f"{sum(map(bool, cited))} of the {len(cited)} parameters cite works" in page
    n_used = sum(row["address"] != "" for row in used)
    assert f"Of the {len(used)} works cited {n_used} have a DOI or an address" in page
    assert f"{sum(bool(keys & followed) for keys in cited)} parameters cite at least one" in page


@pytest.mark.parametrize(
    "page",
    [*sorted(path.name for path in (ROOT / "docs").glob("*.md")), "README", "schema", "report"],
)
def test_no_reader_is_shown_a_bare_key(page: str) -> None:
    """Pages, the report's register and the schema name works; only the page of sources has keys."""
    if page == "report":
        text = str(register(three_plans()))
        assert "Walsh et al. 2015" in text
    elif page == "schema":
        text = read("experiments/experiment.schema.json")
    else:
        text = read("README.md" if page == "README" else f"docs/{page}")
        text = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)  # code may cite by key
    assert bool(KEY.search(text)) == (page == "sources.md")


def test_params_prints_author_year_and_address(capsys: pytest.CaptureFixture[str]) -> None:
    """`params NAME` names the source and says where it is, also as JSON."""
    assert cli.call(["params", "training.skill_half_life"]) == 0
    out = capsys.readouterr().out
    assert "source       Lee et al. 2021; 12 by default" in out
    address = "https://www.ncbi.nlm.nih.gov/pmc/articles/PMC8132095/"
    assert f"works        Lee et al. 2021. {address}\n" in out
    assert cli.call(["params", "training.skill_half_life", "--json"]) == 0
    (fact,) = json.loads(capsys.readouterr().out)
    assert fact["works"] == [f"Lee et al. 2021. {address}"]
