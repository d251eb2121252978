"""The region of an experiment file: read, selected or invented."""

from __future__ import annotations

from pathlib import Path

from streetlight.experiments.config.yaml_tree import Mark, Node, any_broken, note
from streetlight.experiments.schema.region import SOURCES, RegionChoice
from streetlight.model.communities.region import Region
from streetlight.model.errors import InputError, Loc, Problems

#: Keys of the file whose argument in Python is called otherwise.
KEYS = {"classes": "place_classes"}


def checked_region(root: Node, choice: RegionChoice, problems: Problems) -> Region | None:
    """The region, read or made; None when it cannot be."""
    node = root.get("region")
    mark = node.mark if node else root.mark
    given = [key for key in SOURCES if getattr(choice, key) is not None]
    if node and given in ([], ["csv"]) and any_broken(node):
        return None  # noted already
    if len(given) != 1:
        allowed = f"needs exactly one of {', '.join(SOURCES)}"
        note(problems, mark, "region", ", ".join(given) or "{}", allowed)
        return None
    if given != ["csv"] and choice.how():
        for key in choice.how():
            at = root.at(("region", key))[0]
            note(problems, at, key, None, "says how the file of csv is read, and there is none")
        return None
    try:
        region = made_region(node, choice, mark)
    except InputError as error:
        note_all(error, root, given[0], problems)
        return None
    if not region.total_youth > 0:
        allowed = "no community has youth aged 10-17; at least one must"
        note(problems, mark, "region", None, allowed)
    return region


def made_region(node: Node | None, choice: RegionChoice, mark: Mark) -> Region:
    """The region that a file chooses; InputError when there is no such region."""
    if choice.csv is not None:
        at = node.get("csv") if node else None
        folder = Path(at.mark.file if at else mark.file).parent
        return Region.from_csv(folder / choice.csv, **choice.how())
    if choice.synthetic is not None:
        made = choice.synthetic
        return Region.synthetic(made.n_communities, seed=made.seed, population=made.population)
    region = Region.us_counties()
    part = choice.us_counties
    if part is not None and any((part.states, part.place_classes, part.ids)):
        region = region.select(states=part.states, classes=part.place_classes, ids=part.ids)
    return region


def note_all(error: InputError, root: Node, source: str, problems: Problems) -> None:
    """Note what is wrong with a region where its argument stands in the file, if it is one's."""
    of_none: tuple[Loc, ...] = ((),) * len(error.problems)
    for text, loc in zip(error.problems, error.at or of_none, strict=True):
        keys = tuple(KEYS.get(str(step), step) for step in loc)
        if not loc:
            mark, text = root.at(("region",))[1].mark, f"region: {text}"
        elif source == "csv":
            mark = root.at(("region", *keys))[0]
        else:
            mark = root.at(("region", source, *keys))[0]
        problems.add(mark.place, f"{mark}: {text}")
