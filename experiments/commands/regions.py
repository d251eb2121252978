"""`streetlight regions`: where communities can come from."""

from __future__ import annotations

import json

from streetlight.model.communities.region import Region

FORMS = {
    "us_counties": "region: us_counties",
    "part of it": 'region: {us_counties: {states: ["ME", "VT"]}}  (or place_classes, ids)',
    "synthetic": "region: {synthetic: {n_communities: 150, seed: 1}}",
    "csv": "region: {csv: towns.csv}  (id, name, population; more columns in model/region_file.py)",
}


def show_regions(*, as_json: bool = False) -> int:
    """List the built-in table by place class, and the forms that `region` may have in a file."""
    described = Region.us_counties().describe()
    if as_json:
        print(json.dumps({"us_counties": described, "forms": FORMS}, indent=2))
        return 0
    print("Built in: us_counties, all US counties and equivalents of 2019")
    for label, facts in described.items():
        print(
            f"  {label:<12}{facts['communities']:>6,.0f} communities"
            f"{facts['population']:>14,.0f} residents{facts['youth']:>12,.0f} youth aged 10-17"
        )
    print("In an experiment file:")
    for name, form in FORMS.items():
        print(f"  {name:<12}{form}")
    return 0
