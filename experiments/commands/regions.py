"""`streetlight regions`: where communities can come from; `regions check FILE`: what one says."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from streetlight.experiments.config.loading import load
from streetlight.model.communities.region import Region

FORMS = {
    "us_counties": "region: us_counties",
    "part of it": 'region: {us_counties: {states: ["ME", "VT"]}}  (or place_classes, ids)',
    "synthetic": "region: {synthetic: {n_communities: 150, seed: 1}}",
    "csv": "region: {csv: towns.csv}  (streetlight regions check towns.csv says how it is read)",
}


def show_regions(*, as_json: bool = False) -> int:
    """List the built-in table by place class, and the forms that `region` may have in a file."""
    described = Region.us_counties().describe()
    if as_json:
        print(json.dumps({"us_counties": described, "forms": FORMS}, indent=2))
        return 0
    print("Built in: us_counties, all US counties and equivalents of 2019")
    print("\n".join(class_lines(described)))
    print("In an experiment file:")
    for name, form in FORMS.items():
        print(f"  {name:<12}{form}")
    return 0


def class_lines(described: dict[str, dict[str, float]]) -> list[str]:
    """Communities, residents and youth of each class, a line each."""
    return [
        f"  {label:<12}{facts['communities']:>6,.0f} communities"
        f"{facts['population']:>14,.0f} residents{facts['youth']:>12,.0f} youth aged 10-17"
        for label, facts in described.items()
    ]


def check_region(file: Path, *, as_json: bool = False) -> int:
    """Print what is understood of a region file, or of the region of an experiment file.

    InputError, listing every problem with the line to add, when it cannot be used.
    """
    of_experiment = file.suffix in (".yaml", ".yml")
    region = load(file).region if of_experiment else Region.from_csv(file)
    told = region.told
    if as_json:
        facts: dict[str, Any] = {"classes": region.describe()}
        facts["told"] = dataclasses.asdict(told) if told else None
        print(json.dumps(facts, indent=2))
        return 0
    print(f"{file}: understood")
    lines = class_lines(region.describe())
    lines += [f"  {one}" for one in ([*told.done(), *told.filled()] if told else ())]
    first = region.ids[0]
    lines.append(
        f"  the first by id: {first} {region.names[0]}: {region.population[0]:,.0f} residents, "
        f"{region.youth[0]:,.0f} youth, poverty {region.poverty_share[0]:.3f}"
    )
    print("\n".join(lines))
    return 0
