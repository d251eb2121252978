"""The text of a region's file: encoding, separator, header line, records, lines below the table.

What a file is not is said with the line to add (`Trial`). Cells are stripped; an apostrophe before
= + - @ marks text that is no formula, and is taken away.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from streetlight.model.communities.columns import MOST_CELLS, NUMBER, Origin, RegionError
from streetlight.model.communities.reading import SEPARATORS, FileReading, Trial
from streetlight.model.errors import Problems, did_you_mean
from streetlight.model.text import unmarked

LARGEST_FILE = 50_000_000  # bytes
MOST_RECORDS = 1_000_000  # lines of one file; three hundred times the US counties
#: How many records show what a file is like, and in how many of the first the header may be.
LOOKED_AT, HIGHEST_HEADER = 200, 30

REGION_FILE, NEIGHBOUR_FILE = 0, 1  # order of the two files among the problems
#: First bytes of files that are no text, and what to do with one.
NO_TEXT = {
    b"PK\x03\x04": "a spreadsheet or a zip archive; save the sheet as CSV UTF-8",
    b"\xd0\xcf\x11\xe0": "an old spreadsheet; save the sheet as CSV UTF-8",
    b"\x1f\x8b": "a compressed file; unpack it",
    b"PAR1": "a Parquet file; write it as CSV",
    b"%PDF": "a PDF; copy the table into a spreadsheet and save it as CSV UTF-8",
    b"<": "a web page or XML; save the table as CSV UTF-8",
    b"{": "JSON; write it as CSV",
    b"[{": "JSON; write it as CSV",
}
YEAR = re.compile(r"(19|20)\d\d")
NOT_UTF8 = 'not UTF-8 text; save it as UTF-8 (in a spreadsheet: "CSV UTF-8")'
NOTE_WORDS = ("source", "note", "quelle", "anmerkung", "©", "*", "1)", "(1)", "[1]", "last ")
#: How a sum below a table begins, behind a blank id.
TOTAL_WORDS = ("total", "insgesamt", "gesamt", "summe", "sum", *NOTE_WORDS)


@dataclass
class TextTable:
    """A CSV file as text: header, records (each as long as the header), line of each record."""

    path: Path
    file: int  # its place among the problems
    header: list[str]
    records: list[list[str]]
    lines: list[int]

    def column(self, name: str) -> list[str] | None:
        """Cells of one column, or None when the file has no such column."""
        if name not in self.header:
            return None
        position = self.header.index(name)
        return [record[position] for record in self.records]

    def origin(self, problems: Problems) -> Origin:
        """Where its cells stand, by file, line and column."""
        return Origin(
            problems,
            where=lambda row, column: f'{self.path}:{self.lines[row]}: column "{column}"',
            place=lambda row: (self.file, self.lines[row]),
        )


def content_of(path: Path) -> bytes:
    """The whole file; RegionError when it is missing, no file, too large or no text."""
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise RegionError(f"{path}: is a folder; give the CSV file itself")
        if not path.is_file():
            raise RegionError(f"{path}: is no ordinary file")
        if size > LARGEST_FILE:
            raise RegionError(f"{path}: {size:,} bytes; a region file has at most {LARGEST_FILE:,}")
        content = path.read_bytes()
    except FileNotFoundError:
        beside = [other.name for other in path.parent.glob("*.csv")]
        advice = did_you_mean(path.name, beside)
        raise RegionError(f"{path}: no such file{advice}") from None
    except OSError as error:
        raise RegionError(f"{path}: cannot be read: {error.strerror}") from None
    except RegionError:
        raise
    except ValueError:  # NUL, or half a character
        raise RegionError(f"{path}: no file can have this name") from None
    for start, what in NO_TEXT.items():
        if content.lstrip().startswith(start):
            raise RegionError(f"{path}: is {what}")
    return content


def read_text(path: Path) -> str:
    """The text of a UTF-8 file; RegionError when it cannot be read or is none."""
    content = content_of(path)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise RegionError(f"{path}:{line}: {NOT_UTF8}") from None


def decoded(content: bytes, trial: Trial) -> str:
    """The text of a file; another encoding than said is proposed, where it can be told."""
    encoding = trial.reading.encoding
    if encoding != "utf-8" and is_utf8(content, encoding):
        trial.propose(1, f"is UTF-8 text, not {encoding}", encoding="utf-8")
        encoding = "utf-8"
    try:
        return content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        if encoding != "utf-8":
            raise RegionError(f"{trial.path}:{line}: is not {encoding} text") from None
        wide = content.startswith((b"\xff\xfe", b"\xfe\xff")) or content[1::2].count(0) > 9
        guess = "utf-16" if wide else "windows-1252"
        try:
            text = content.decode(guess)
        except UnicodeDecodeError:
            raise RegionError(f"{trial.path}:{line}: {NOT_UTF8}, or say its encoding") from None
        trial.propose(line, NOT_UTF8, encoding=guess)
        return text.removeprefix("\ufeff")


def is_utf8(content: bytes, encoding: str) -> bool:
    """Whether a file said to be in another encoding is UTF-8, and no plain ASCII that is both."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return "\0" not in text and (not text.isascii() or encoding == "utf-16")


def records_of(text: str, separator: str, most: int = MOST_RECORDS) -> list[tuple[int, list[str]]]:
    """Line and stripped cells of each record that is not blank; csv.Error(what, line) else.

    Of a quote that is not closed, the line is that of the record in which it was opened.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=separator)
    found, end_of_last = [], 0
    try:
        for record in reader:
            line, end_of_last = end_of_last + 1, reader.line_num
            cells = [unmarked(cell.strip()) for cell in record]
            if any(cells):
                found.append((line, cells))
            if len(found) > most:
                break
    except csv.Error as error:
        raise csv.Error(*broken(str(error), end_of_last + 1, reader.line_num)) from None
    return found


def broken(what: str, begun: int, line: int) -> tuple[str, int]:
    """What is wrong with a record, and in which line; begun: the line that it begins in."""
    if what == "unexpected end of data":
        return "a quote is opened in this row and nowhere closed", begun
    if line > begun:
        return f"{what}; a quote that is opened in line {begun} is not closed there", line
    return what, line


def regular(text: str, separator: str) -> tuple[int, float]:
    """How many cells most of the first records have, and what share of them has so many."""
    try:
        records = records_of(text, separator, LOOKED_AT)
    except csv.Error:
        return 0, 0.0
    widths = Counter(len(cells) for _, cells in records if len(cells) > 1)
    if not widths:
        return 1, 1.0
    width, n = max(widths.items(), key=lambda one: (one[1], one[0]))
    return width, n / len(records)


def check_separator(text: str, trial: Trial) -> None:
    """Propose another separator where it makes a table of the text and the given one does not."""
    own = regular(text, trial.reading.separator)
    if own[0] >= 3 and own[1] >= 0.9:
        return
    best, of_best = trial.reading.separator, own
    for other in SEPARATORS:
        found = regular(text, other)
        if other != best and found[0] >= 2 and found > of_best and found[1] > 0.5:
            best, of_best = other, found
    if best != trial.reading.separator:
        trial.propose(1, f"cells are separated by {best!r}", separator=best)


def read_table(content: bytes, trial: Trial) -> TextTable:
    """Header and records of a region's file. RegionError when nothing sensible can be read.

    Ragged records are noted, then padded or cut, so that the ids in them stay known.
    """
    path, problems = trial.path, trial.problems
    text = decoded(content, trial)
    if "\0" in text:
        raise RegionError(f"{path}: holds NUL characters; is it text?")
    check_separator(text, trial)
    records = parsed(text, path, REGION_FILE, problems, trial.reading)
    if not records:
        raise RegionError(f"{path}: is empty; the first line must be the header")
    at = header_at(records, trial)
    header, rest = records[at][1], records[at + 1 :]
    rest = without_notes(rest, len(header), trial)
    if not rest:
        problems.raise_any(RegionError)
        raise RegionError(f"{path}: has a header but no community below it")
    return evened(path, REGION_FILE, header, rest, problems)


def parsed(
    text: str, path: Path, file: int, problems: Problems, reading: FileReading
) -> list[tuple[int, list[str]]]:
    """The records of a text; RegionError, with all that is noted, where it is no CSV."""
    try:
        records = records_of(text, reading.separator)
    except csv.Error as error:
        what, line = error.args
        problems.add((file, line), f"{path}:{line}: not CSV: {what}")
        problems.raise_any(RegionError)
    if len(records) > MOST_RECORDS:
        raise RegionError(f"{path}: more than {MOST_RECORDS:,} lines of data")
    return records


def evened(
    path: Path, file: int, header: list[str], rest: list[tuple[int, list[str]]], problems: Problems
) -> TextTable:
    """The table with records as long as its header; others are noted."""
    table, width = TextTable(path, file, header, [], []), len(header)
    uneven = [(line, len(cells)) for line, cells in rest if len(cells) != width]
    many = len(uneven) > MOST_CELLS
    more = f"; {len(uneven) - 1:,} more rows are uneven: has a cell a separator inside, unquoted?"
    for line, n in uneven[: 1 if many else None]:
        text = f"{path}:{line}: {n} cells; the header has {width}{more if many else ''}"
        problems.add((file, line), text, alone=True)
    for line, cells in rest:
        table.records.append((cells + [""] * width)[:width])
        table.lines.append(line)
    return table


def header_at(records: list[tuple[int, list[str]]], trial: Trial) -> int:
    """Position of the header among the records; another than the first is proposed."""
    wanted = trial.reading.header
    if wanted:
        for position, (line, _) in enumerate(records):
            if line == wanted:
                return position
        raise RegionError(f"{trial.path}:{wanted}: header: this line is blank or not there")
    filled = [sum(map(bool, cells)) for _, cells in records[:LOOKED_AT]]
    width = Counter(filled).most_common(1)[0][0]
    for position, n in enumerate(filled[:HIGHEST_HEADER]):
        if n > max(1, width // 2) or width < 3:
            if position:
                line = records[position][0]
                trial.propose(records[0][0], f"the table begins in line {line}", header=line)
            return position
    return 0


def is_note(cells: list[str], width: int) -> bool:
    """Whether a record below a table is a note: few cells, no number, or words as notes have."""
    filled = [cell for cell in cells if cell]
    start = filled[0].casefold()
    if not cells[0] and start.startswith(TOTAL_WORDS):
        return True
    numbers = [cell for cell in filled if NUMBER.fullmatch(cell) and not YEAR.fullmatch(cell)]
    if len(filled) == width or numbers:
        return False
    few = width > 2 and len(filled) <= max(1, (width - 1) // 2)
    return few or start.startswith(NOTE_WORDS)


def without_notes(
    rest: list[tuple[int, list[str]]], width: int, trial: Trial
) -> list[tuple[int, list[str]]]:
    """The records without notes below the table, which are doubted."""
    end = len(rest)
    while end > 1 and is_note(rest[end - 1][1], width):
        end -= 1
    if end < len(rest):
        lines = ", ".join(str(line) for line, _ in rest[end:][:5])
        first = next(cell for cell in rest[end][1] if cell)
        what = f"a note, not a row of the table: {first[:40]!r}"
        meant = "if such lines are to be left out"
        trial.doubt(rest[end][0], what, "footnotes", "take it away", meant)
        n = f"{len(rest) - end} lines" if len(rest) - end > 1 else "1 line"
        trial.notes.append(f"left out as notes: {n} below the table ({lines})")
    return rest[:end]


def plain_table(path: Path, file: int, problems: Problems, no_rows: bool = False) -> TextTable:
    """A table as we write it: UTF-8, commas, the header first. RegionError when it is none."""
    own = Problems()
    records = parsed(read_text(path), path, file, own, FileReading())
    if not records:
        raise RegionError(f"{path}: is empty; the first line must be the header")
    for separator in (";", "\t"):
        if len(records[0][1]) == 1 and separator in records[0][1][0]:
            raise RegionError(f"{path}:1: separated by {separator!r}; use commas")
    if not records[1:] and not no_rows:
        raise RegionError(f"{path}: has a header but no row below it")
    return evened(path, file, records[0][1], records[1:], problems)


def read_pairs(path: Path, problems: Problems) -> TextTable | None:
    """The neighbour file beside a region's file; what is wrong with it goes to `problems`."""
    try:
        table = plain_table(path, NEIGHBOUR_FILE, problems, no_rows=True)
    except RegionError as error:
        problems.add((NEIGHBOUR_FILE, 0), str(error))
        return None
    if not {"id_a", "id_b"} <= set(table.header):
        found = ", ".join(table.header)
        text = f"{path}:1: the header must be id_a,id_b; found {found[:60]!r}"
        problems.add((NEIGHBOUR_FILE, 1), text)
        return None
    return table
