"""Text from outside: nothing of it is a command to a terminal, a page or a spreadsheet."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streetlight.experiments import cli
from streetlight.experiments.commands.schema import show_schema
from streetlight.experiments.running.precision import PrecisionRow, missed
from streetlight.experiments.running.replay import write_neighbours, write_region
from streetlight.model.communities.reading import DOUBTS
from streetlight.model.communities.region import Region, RegionError
from streetlight.model.errors import UNSEEN, InputError, Problems, closest, visible
from streetlight.model.text import FORMULA, marked, unmarked

ROOT = Path(__file__).parents[1]
SHOWN = st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=8)
STARTS = st.text(alphabet="'=+-@\t\ra ", max_size=6)
#: Texts as cells of a region file can hold them.
CELLS = st.builds(str.__add__, STARTS, SHOWN).map(lambda text: UNSEEN.sub("", text).strip())
NAMES = CELLS.map(lambda text: text or "a")


@given(st.one_of(STARTS, SHOWN))
def test_a_mark_can_be_taken_away_again(text: str) -> None:
    """Whatever is written is read as it was, and never starts as a formula does."""
    assert unmarked(marked(text)) == text
    assert not marked(text).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_text_that_is_no_formula_is_left_alone() -> None:
    """An apostrophe of its own needs no mark."""
    for text in ("", "'s-Hertogenbosch", "O'Brien", "a=b", "''", " =1"):
        assert marked(text) == unmarked(text) == text


def test_control_and_direction_characters_are_unseen() -> None:
    """Every control and line separator of Unicode, every mark of direction; joiners and letters
    of every script are not."""
    for code in range(0x110000):
        one = chr(code)
        turns = unicodedata.bidirectional(one) in ("LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI",
                                                   "FSI", "PDI")  # fmt: skip
        kind = unicodedata.category(one)
        if kind in ("Cc", "Cs", "Zl", "Zp") or turns:
            assert UNSEEN.match(one), hex(code)
        if kind[0] in "LMNPS" or one in " \u200c\u200d":
            assert not UNSEEN.match(one), hex(code)


@given(st.text(alphabet="\x1b\x07\x9b\u202e\u2066\u200f\u2028\ud800a[31m\n", max_size=12))
def test_no_message_commands_a_terminal(text: str) -> None:
    """Whatever a message quotes stands escaped in it, on one line."""
    problems = Problems()
    problems.add((1, 1), f"towns.csv:1: {text}: no")
    with pytest.raises(InputError) as caught:
        problems.raise_any(InputError)
    told = str(caught.value)
    assert not UNSEEN.search(told)
    assert told == f"towns.csv:1: {visible(text)}: no"


def test_a_very_long_word_is_like_none() -> None:
    """Advice is not searched for what can be no name; the search takes time with the square."""
    assert closest("per_yout", ["per_youth"]) == "per_youth"
    assert closest("per_youth" * 100, ["per_youth" * 100 + "s"]) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.lists(st.tuples(NAMES, NAMES, CELLS), min_size=2, max_size=4,
                unique_by=lambda row: row[0]))  # fmt: skip
def test_a_region_is_read_back_as_it_was_written(
    tmp_path: Path, rows: list[tuple[str, str, str]]
) -> None:
    """Ids, names, states and neighbours that look like formulas are none in the file, and the
    region that is read from it is the same to the last bit."""
    ids, names, states = zip(*rows, strict=True)
    region = Region.of(
        ids=ids, names=names, state=states, population=[1000.0 + i for i in range(len(ids))],
        neighbours=[(ids[0], ids[1])],
    )  # fmt: skip
    write_region(region, tmp_path / "region.csv")
    write_neighbours(region, tmp_path / "region_neighbours.csv")
    again = Region.from_csv(tmp_path / "region.csv", accept=list(DOUBTS))  # as a replay reads it
    assert again.fingerprint() == region.fingerprint()
    for path in tmp_path.iterdir():
        for line in path.read_text(encoding="utf-8").splitlines():
            assert not re.match(r'"?[=+\-@]', line)


@pytest.mark.parametrize("name", ["a\0b.csv", "a\ud800.csv"])
def test_a_path_that_no_file_can_have_is_refused(name: str) -> None:
    """NUL and half a character are an error of ours, with the path escaped."""
    with pytest.raises(RegionError, match="no file can have this name"):
        Region.from_csv(name)


@pytest.mark.parametrize("column", ["ids", "names", "state"])
def test_lists_may_hold_no_control_characters_either(column: str) -> None:
    """A region made in Python is held to what a file is."""
    texts = {"ids": ["a", "b"], column: ["a", "b\x1b[31m"]}
    with pytest.raises(RegionError, match=rf"{column}, number 2: value 'b\\x1b\[31m'"):
        Region.of(population=[1, 2], **texts)  # type: ignore[arg-type]


def test_titles_are_printed_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing in a title is a picture or a colour, here or wherever a console is opened."""
    monkeypatch.chdir(tmp_path)
    Path("mine.yaml").write_text('extends: tiny\ntitle: ":smile: [bold]x[/bold]"\n')
    assert cli.call(["show", "mine.yaml"]) == 0
    assert ":smile: [bold]x[/bold]" in capsys.readouterr().out
    for path in (ROOT / "experiments").rglob("*.py"):
        for call in re.findall(r"\bConsole\((.+)\)", path.read_text(encoding="utf-8")):
            assert "markup=False" in call and "emoji=False" in call, path


@pytest.mark.parametrize("content", ["mine", "[]", '{"title": "mine"}', "\x00", "[" * 100_000])
def test_the_schema_replaces_no_other_file(tmp_path: Path, content: str) -> None:
    """A file that is no schema of ours stays as it is."""
    path = tmp_path / "mine.json"
    path.write_text(content)
    assert cli.call(["schema", "--out", str(path)]) == 2
    assert path.read_text() == content


@pytest.mark.parametrize("name", ["nowhere/schema.json", ".", "link"])
def test_the_schema_goes_only_where_a_file_can_be(tmp_path: Path, name: str) -> None:
    """A folder, a folder that is missing, a link: an error in one line, and nothing written."""
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError) as caught:
        show_schema(tmp_path / name)
    assert len(str(caught.value).splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["link"]


NO_SHARE = ", a share of a baseline of 0 or none: give half_width as an amount"


@pytest.mark.parametrize(
    ("half_width", "target", "end"),
    [
        (0.5, 0.25, "is 0.5, not 0.25 (youth)"),
        (float("nan"), 0.25, "is undefined, not 0.25 (youth)"),
        (float("nan"), float("nan"), f"is undefined, and so is its target{NO_SHARE} (youth)"),
        (0.5, float("nan"), f"is 0.5; its target is undefined{NO_SHARE} (youth)"),
        (0.5, 0.0, f"is 0.5, not 0{NO_SHARE} (youth)"),
    ],
)
def test_a_missed_target_is_told_in_words(half_width: float, target: float, end: str) -> None:
    """What is undefined is said once."""
    row = object.__new__(PrecisionRow)
    values = {"reached": "no", "future": "central", "replicates": 8, "policy": "per_youth",
              "metric": "identified", "half_width": half_width, "target": target}  # fmt: skip
    for name, value in values.items():
        object.__setattr__(row, name, value)
    [text] = missed([row])
    assert text.endswith(end)


def test_formulas_are_those_of_spreadsheets() -> None:
    """The four signs of a formula, behind any number of apostrophes."""
    for sign in "=+-@":
        assert FORMULA.match(sign) and FORMULA.match(f"''{sign}")


def test_a_name_that_no_file_system_takes_is_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    """An argument of five thousand letters is an error in one line, exit code 2."""
    assert cli.call(["check", "x" * 5000]) == 2
    assert capsys.readouterr().err.endswith(": file name too long\n")
