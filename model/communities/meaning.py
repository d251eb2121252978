"""What the headers and numbers of a file mean, when they are not in the form that is read.

Advice goes by meaning: "Youth (10-17)" is `youth` whatever it shares letters with, and the name of
a state is not the name of a place.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from streetlight.model.communities.columns import (
    BOUNDS,
    CLASS_OF_LABEL,
    COLUMNS,
    PERSONS,
    SHARE,
    shown,
)
from streetlight.model.communities.reading import SPACES, ClassRule, Trial, flow, readable
from streetlight.model.errors import closest

if TYPE_CHECKING:
    from streetlight.model.communities.file import TextTable

#: Words of headers, once folded; the first pattern that fits names the column, and of several
#: headers with one meaning the one whose pattern stands first is proposed.
MEANINGS: tuple[tuple[str, str], ...] = (
    ("state", r"st ?names?|state (name|abbr\w*)|stusps|postal|bundesland|province|provincia"),
    ("state", r"states?( code)?"),
    ("id", r"(county |cty)?fips( code)?|geo ?id|gss( code)?|lad\d*cd|ags|ars|insee|"
     r"(area|county|place|district|region(al)?|gemeinde|kreis)? ?(code|id|schlussel|kennziffer)|"
     r"schlussel(nummer)?|codigo"),
    ("name", r"(?!.*\b(state|region|country|nation|province|school))(.*[ y])?names?|lad\d*nm"),
    ("name", r"county|city|town|municipality|place|kreis|landkreis|stadt|ort|gemeinde|commune|"
     r"nom|nombre|municipio|district|local authority|naam|neighbou?rhood|ward|stadtteil|bezirk|"
     r"borough"),
    ("population", r"(total |resident |mid year )?(pop(ulations?)?|residents|inhabitants|einwohner"
     r"(zahl)?|bevolkerung|poblacion|habitantes|habitants|folkmangd|inwoners)( total| census| acs| "
     r"pep| insgesamt| estimates?| count| all ages)*|pop ?estimates?|tot ?pop|all ages|census pop"),
    ("latitude", r"lat|latitude|latitud|breite(ngrad)?|intptlat|y coord.*"),
    ("longitude", r"lon|lng|long|longitude|longitud|lange(ngrad)?|intptlong?|x coord.*"),
    ("place_class", r"(place|rural|urban|derived|settlement|area|ruc|size) ?(class|type|category)|"
     r"urbanicity|urbanity|rural urban.*|rucc( code)?|urban rural.*|class|degurba|"
     r"(kreis|siedlungs)typ"),
)  # fmt: skip
YOUTH = re.compile(r"youths?|young|jugend\w*|adolescents?|teens?|teenagers?|jovenes|jeunes")
POVERTY = re.compile(r"poverty|poor|\w*armut\w*|pobreza|pauvrete|deprived|lowincome")
#: Words that make of people something else: a share, a change, a density, a part.
NO_COUNT = re.compile(
    r"pct|percent\w*|share|rate|density|change|growth|per|rank|index|decile|quintile|prozent|"
    r"anteil|male|female|quote|moe|error|persistent|line|threshold|noise"
)
THOUSANDS = re.compile(
    r" (in )?(000s?|thousands?|1 ?000|tsd|tausend|000000s?|millions?|mn|mio|mill(ones|ionen)?)$"
)
CHILD = re.compile(r"child\w*|kids?|infantil\w*|youths?|under\d*|u18|kinder\w*|minors?")
AGES = re.compile(r"(?<!\d)(\d{1,2})(?: ?(?:to|bis|a) ?| )(\d{1,2})(?!\d)")
UNKNOWN_WORDS = ("na", "n/a", "-", "?", "..", "...", ":", "x", "(x)", "*", "**", "\u2013", "\u2014",
                 "n.a.", "k.a.", "#n/a", "[x]", "[c]", "(d)", "(s)", "s", "c")  # fmt: skip


def folded(header: str) -> str:
    """A header as plain words: lower case, no accents, no years, words apart."""
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header)
    text = unicodedata.normalize("NFKD", text.casefold().replace("ß", "ss"))
    text = "".join(one for one in text if not unicodedata.combining(one))
    text = re.sub(r"(?<!\d)(19|20)\d\d(?!\d)", " ", text)
    return " ".join(re.sub(r"[^a-z0-9]+", " ", text).split())


def meaning(header: str) -> tuple[str, int]:
    """The column that a header means and how surely (0 most); ("", 0) where it means none."""
    text = THOUSANDS.sub("", folded(header)).strip().replace("low income", "lowincome")
    words = text.split()
    if any(POVERTY.fullmatch(word) for word in words):
        counted = any(re.fullmatch(r"number|count|n|persistent|line|rank|index", w) for w in words)
        rank = 0 if of_children(header) else 1 + len(words)
        return ("", 0) if counted else ("poverty_share", rank)
    if any(NO_COUNT.fullmatch(word) for word in words):
        return "", 0
    ages = AGES.search(text)
    if ages or any(YOUTH.fullmatch(word) for word in words):
        if ages is None:
            of_youth = any(w.startswith(("youth", "jugend", "adolesc", "teen")) for w in words)
            return ("youth", 1) if of_youth else ("", 0)
        by_ages = {("10", "17"): "youth", ("12", "17"): "youth_12_17"}
        return by_ages.get((ages[1], ages[2]), ""), 0
    for rank, (column, pattern) in enumerate(MEANINGS):
        if re.fullmatch(pattern, re.sub(r"(?<=[a-z])\d+$", "", text)) or re.fullmatch(
            pattern, text
        ):
            return column, rank
    return "", 0


def with_ages(header: str) -> str:
    """A header, and a word where it speaks of young people of other ages than the model reads."""
    words = folded(header).split()
    young = any(YOUTH.fullmatch(word) or CHILD.fullmatch(word) for word in words)
    apart = any(NO_COUNT.fullmatch(word) or POVERTY.fullmatch(word) for word in words)
    other = young and not apart and not meaning(header)[0]
    return f"{header} (other ages than 10-17)" if other else header


def of_children(header: str) -> bool:
    """Whether a header says that its numbers are of children or youth."""
    return any(CHILD.fullmatch(word) for word in folded(header).split())


def meant_columns(header: Sequence[str], trial: Trial) -> dict[str, list[str]]:
    """Columns of the file that mean one of ours which the file does not have, best first."""
    reading = trial.reading
    taken = {*reading.columns.values(), *reading.unused, reading.area}
    taken |= {part for one in taken for part in one.split("+")}
    absent = [one for one in COLUMNS if one not in header and one not in reading.columns]
    if reading.place_class is not None or "place_class" in reading.county_facts:
        absent = [one for one in absent if one != "place_class"]
    found: dict[str, list[tuple[int, int, int, str]]] = {}
    for position, one in enumerate(header):
        if one in COLUMNS or one in taken or one == "area":
            continue
        column, rank = meaning(one)
        if not column and not any(mark.isdigit() for mark in one):
            column = closest(folded(one).replace(" ", "_"), COLUMNS, cutoff=0.86) or ""
        if column in absent:
            years = re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", one)
            latest = -int(years[-1]) if years else 0
            found.setdefault(column, []).append((rank, latest, position, one))
    return {column: [one for *_, one in sorted(several)] for column, several in found.items()}


def codes_apart(table: TextTable) -> str:
    """Columns of two and three digits that are a county's code together, as STATE+COUNTY."""
    found = {}
    for start, width in (("state", 2), ("county", 3)):
        for name in table.header:
            cells = table.column(name) or []
            digits = all(cell.isdigit() and len(cell) == width for cell in cells)
            if digits and folded(name).startswith(start):
                found[start] = name
    return "+".join(found.values()) if len(found) == 2 else ""


def propose_columns(table: TextTable, trial: Trial) -> None:
    """Propose columns of the file for those of ours that it does not have."""
    meant = meant_columns(table.header, trial)
    if "id" not in {*table.header, *trial.reading.columns, *meant} and (pair := codes_apart(table)):
        meant = {"id": [pair], **meant}
        for column in ("state", "name"):
            meant[column] = [one for one in meant.get(column, []) if one not in pair.split("+")]
    for column, of in meant.items():
        if not of:
            continue
        if column == "place_class":
            propose_classes(table, of, trial)
        else:
            propose_column(column, of, trial)
    missing_required(table, trial)


def propose_column(column: str, of: list[str], trial: Trial, **change: Any) -> None:
    """Propose a column of the file for one of ours, or saying that it is something else."""
    what = f'column "{of[0]}": seems to be {column}'
    if of[1:]:
        what += f" (or {', '.join(map(repr, of[1:]))})"
    if column == "poverty_share" and not of_children(of[0]):
        what += ", if it is of youth"
    otherwise = "" if COLUMNS[column].required else f"  or, if it is not,  unused: {flow(of)}"
    trial.propose(trial.header_line(), what, otherwise, **(change or {"columns": {column: of[0]}}))


#: Rural-Urban Continuum Codes of the US Department of Agriculture as classes of place.
BY_CONTINUUM = {
    "large metro": ("1",), "small metro": ("2", "3"), "town": ("4", "5", "6", "7"),
    "rural": ("8", "9"),
}  # fmt: skip


def propose_classes(table: TextTable, of: list[str], trial: Trial) -> None:
    """Propose the column that has our classes, else one of known codes, else ask for a rule."""
    values = {one: {cell for cell in table.column(one) or () if cell} for one in of}
    ours = [one for one in of if {v.casefold() for v in values[one]} <= set(CLASS_OF_LABEL)]
    coded = [one for one in of if "rucc" in folded(one) and values[one] <= set("123456789")]
    if best := (ours or coded):
        ordered = [best[0], *(one for one in of if one != best[0])]
        rule = ClassRule(best[0], BY_CONTINUUM)
        change: dict[str, Any] = {} if ours else {"place_class": rule}
        propose_column("place_class", ordered, trial, **change)
        return
    line, found = trial.header_line(), ", ".join(map(shown, sorted(values[of[0]])[:6]))
    labels = ", ".join(f"{label}: [...]" for label in CLASS_OF_LABEL)
    text = (
        f'{trial.path}:{line}: column "{of[0]}": seems to be place_class, with {found}; say what '
        f"these are:  place_class: {{by: {flow(of[0])}, values: {{{labels}}}}}  or  unused: "
        f"{flow(of)}"
    )
    trial.problems.add((0, line), text)


def missing_required(table: TextTable, trial: Trial) -> None:
    """Note required columns that are not there; an id may be had from unique names, and names
    from ids."""
    line = trial.header_line()
    known = {**{one: one for one in table.header}, **trial.reading.columns}
    for column, other in (("id", "name"), ("name", "id"), ("population", "")):
        if column in known:
            continue
        cells = (table.column(known[other]) or []) if other in known else []
        if cells and len(set(cells)) == len(cells):
            what = f'column "{column}": required, and missing; "{known[other]}" can stand for it'
            trial.propose(line, what, columns={column: known[other]})
        else:
            there = ", ".join(table.header)
            text = f'{trial.path}:{line}: column "{column}": required, and missing'
            years = [one for one in table.header if re.fullmatch(r"(19|20)\d\d", one)]
            way = f"; is it  columns: {{{column}: '{max(years)}'}}" if years else ""
            there += way if column == "population" else ""
            trial.problems.add((0, line), f"{text}; there are: {there}")


# -- numbers


def sniff_numbers(cells: dict[str, list[str]], lines: Sequence[int], trial: Trial) -> None:
    """Propose the form that numbers are in, from cells (by column) that cannot be read as they are.

    A decimal comma first: with one, points stand between thousands.
    """
    odd: dict[str, tuple[str, int]] = {}
    for column, column_cells in cells.items():
        if COLUMNS[column].kind in (PERSONS, SHARE) and not COLUMNS[column].required:
            for line, cell in zip(lines, column_cells, strict=True):
                if re.fullmatch(r"-(\d)\1+", cell) and cell not in trial.reading.unknown:
                    odd.setdefault(cell, (column, line))
    seen_words(odd, trial)
    mixed = mixed_marks(cells, lines, trial)
    finders = (percent_sign, decimal_comma, thousands_mark, unknown_words, notes_behind)
    for find in finders if not mixed else (percent_sign, unknown_words):
        find([
            (column, lines[row], cell)
            for column, column_cells in cells.items()
            for row, cell in enumerate(column_cells)
            if not readable(column, trial.reading, cell)
        ], trial)  # fmt: skip


Bad = list[tuple[str, int, str]]
#: A number with marks between thousands and nothing else, and one that ends in decimals.
THOUSAND = re.compile(rf"\d{{1,3}}([,.'_{SPACES}])\d{{3}}(?:\1\d{{3}})*")
DECIMAL = re.compile(rf"[+-]?[\d,.'_{SPACES}]*([.,])\d+ ?%?")
MARKS = {",": "comma", ".": "point", "'": "apostrophe", "_": "underscore", " ": "space"}


def mixed_marks(cells: dict[str, list[str]], lines: Sequence[int], trial: Trial) -> bool:
    """Whether numbers have two decimal marks, or those of a column two between thousands.

    Which is meant cannot be told, so the first of the fewer is noted, and no line to add.
    """
    decimals: dict[str, Bad] = {}
    mixed = False
    for column, column_cells in cells.items():
        persons = BOUNDS[column].kind == PERSONS and column not in trial.reading.in_thousands
        between: dict[str, Bad] = {}
        for line, cell in zip(lines, column_cells, strict=True):
            if cell.isdigit():  # most cells, and quickly told
                continue
            if persons and (found := THOUSAND.fullmatch(cell)):
                mark = " " if found[1] in SPACES else found[1]
                between.setdefault(mark, []).append((column, line, cell))
            elif found := DECIMAL.fullmatch(cell):
                decimals.setdefault(found[1], []).append((column, line, cell))
        mixed |= told_of_marks("thousands", between, "write all without marks", trial)
    fix = f"write all with one mark; a comma needs  decimal: {flow(',')}"
    return told_of_marks("decimal", decimals, fix, trial) or mixed


def told_of_marks(kind: str, found: dict[str, Bad], fix: str, trial: Trial) -> bool:
    """Whether there are several marks of a kind; found: numbers by their mark. This is noted."""
    if len(found) < 2:
        return False
    few, many = sorted(found, key=lambda mark: len(found[mark]))[:: len(found) - 1]
    column, line, cell = found[few][0]
    other, at, usual = found[many][0]
    text = (
        f'{trial.path}:{line}: column "{column}": value {shown(cell)} has a {kind} {MARKS[few]} '
        f'({len(found[few]):,} in all), and {shown(usual)} in line {at}, column "{other}", a '
        f"{kind} {MARKS[many]} ({len(found[many]):,} in all): {fix}"
    )
    trial.problems.add((0, line), text)
    trial.useless |= {one for several in found.values() for one, *_ in several}
    return True


def percent_sign(bad: Bad, trial: Trial) -> None:
    """Shares such as 16.7%."""
    found: dict[str, tuple[int, str]] = {}
    for column, line, cell in bad:
        if cell.endswith("%") and BOUNDS[column].kind == SHARE:
            found.setdefault(column, (line, cell))
    for column, (line, cell) in found.items():
        what = f'column "{column}": value {shown(cell)} is in percent'
        trial.propose(line, what, percent=(column,))


def decimal_comma(bad: Bad, trial: Trial) -> None:
    """Numbers such as 0,15: in persons only if they cannot be thousands."""
    if trial.reading.decimal == ",":
        points = [one for one in bad if BOUNDS[one[0]].kind != PERSONS]
        points = [one for one in points if re.fullmatch(r"[+-]?\d*\.\d+ ?%?", one[2])]
        if points and trial.given.decimal == ",":
            column, line, cell = points[0]
            what = f'column "{column}": value {shown(cell)} has a decimal point'
            trial.propose(line, what, decimal=".")
        return
    for column, line, cell in bad:
        comma = re.fullmatch(r"[+-]?\d*,\d+ ?%?", cell)
        thousands = BOUNDS[column].kind == PERSONS and re.fullmatch(r"\d{1,3},\d{3}", cell)
        if comma and not thousands:
            what = f'column "{column}": value {shown(cell)} has a decimal comma'
            trial.propose(line, what, decimal=",")
            return


def thousands_mark(bad: Bad, trial: Trial) -> None:
    """Numbers such as 1,234,567 or 12 345."""
    for column, line, cell in bad:
        text = re.sub(f"[{SPACES}]", " ", cell)
        found = re.fullmatch(r"\d{1,3}([,. '_])(?:\d{2,3}\1)*\d{3}(?:[.,]\d+)?", text)
        if found and found[1] != trial.reading.decimal and BOUNDS[column].kind == PERSONS:
            what = f'column "{column}": value {shown(cell)} has marks between thousands'
            trial.propose(line, what, thousands=found[1])
            return


def unknown_words(bad: Bad, trial: Trial) -> None:
    """Words for what is not known, such as NA or two points."""
    seen: dict[str, tuple[str, int]] = {}
    for column, line, cell in bad:
        unknown = cell.casefold() in UNKNOWN_WORDS or re.fullmatch(r"[<≤] ?\d+", cell)
        if not COLUMNS[column].required and unknown:
            seen.setdefault(cell, (column, line))
    seen_words(seen, trial)


def seen_words(seen: dict[str, tuple[str, int]], trial: Trial) -> None:
    """Propose that these cells mean not known; each is told by its first column and line."""
    for cell, (column, line) in seen.items():
        what = f'column "{column}": value {shown(cell)} seems to stand for what is not known'
        trial.propose(line, what, unknown=(cell,))


#: Numbers such as 8.4 million or 412k.
OF_PEOPLE = re.compile(
    r"[\d.,]+ ?(k|m|mn|mio\.?|mill(\.|ions?|ionen|ones)?|thousand|tsd\.?|tausend)", re.I
)


def notes_behind(bad: Bad, trial: Trial) -> None:
    """Numbers with a note behind them, as 1200[2] or 310*."""
    for column, line, cell in bad:
        number = re.match(r"[\d.,]+", cell)
        if OF_PEOPLE.fullmatch(cell) and BOUNDS[column].kind == PERSONS:
            text = f'{trial.path}:{line}: column "{column}": value {shown(cell)}: a word says that '
            text += "these are thousands or millions; write the persons out, in digits"
            trial.problems.add((0, line), text, alone=True)
            continue
        if number is None or not readable(column, trial.reading, number[0]):
            continue
        if re.fullmatch(r"[*†‡#]+|[\[(]\w{1,3}[\])]|[a-z]", cell[number.end() :].strip()):
            text = f'{trial.path}:{line}: column "{column}": value {shown(cell)}: a note stands '
            trial.problems.add((0, line), text + "behind the number; take it away", alone=True)
