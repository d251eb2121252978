"""The page docs/experiment-file.md, from the classes that say what a file may hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from streetlight.experiments.config.files import MERGED, MOST_EXTENDED
from streetlight.experiments.config.yaml_reader import (
    DEEPEST,
    LARGEST_FILE,
    LONGEST_LINE,
    MOST_VALUES,
)
from streetlight.experiments.config.yaml_tree import MOST_NOTED
from streetlight.experiments.metrics import METRICS
from streetlight.experiments.schema.experiment_file import PARTS, ExperimentFile
from streetlight.experiments.schema.json_schema import draft_7
from streetlight.experiments.schema.types import (
    KNOWN,
    MOST_RUNS,
    NAME_IN_WORDS,
    OR_WORD,
    YEARS,
    Part,
)

#: What names of each kind are, in words: one, and several.
KINDS = {
    "rules": ("a rule", "names"),
    "policies": ("a rule, or a policy of this file", "rules or policies of this file"),
    "mixes": ("a mix", "mixes"),
    "levers": ("a lever", "levers"),
    "settings": ("a setting", "the rule's settings"),
    "metrics": ("a metric", "metrics"),
    "parameters": ("a dotted name", "dotted names"),
    "sampled_parameters": ("a dotted name", "dotted names"),
    "states": ("a postal code", "postal codes"),
    "place_classes": ("one of large metro, small metro, town, rural", "classes"),
    "experiments": ("a file in the same folder, or a shipped experiment", "experiments"),
}


def experiment_file_page() -> str:
    """The page: a table for every mapping of the file, then the rules that tables cannot say."""
    first = {part: path for path, part in reversed(PARTS.items())}
    sections = [
        section(path, part) if first[part] == path else again(path, first[part])
        for path, part in PARTS.items()
    ]
    return PAGE.format(
        sections="\n\n".join(sections),
        names=NAME_IN_WORDS,
        most_runs=MOST_RUNS,
        metrics="\n".join(metric_rows()),
        merged=", ".join(f"`{key}`" for key in MERGED),
        deepest=DEEPEST,
        values=f"{MOST_VALUES:,}",
        longest=f"{LONGEST_LINE:,}",
        noted=MOST_NOTED,
        most_extended=MOST_EXTENDED,
        largest=f"{LARGEST_FILE // 1_000_000} MB",
    )


def metric_rows() -> list[str]:
    """A row a metric: what it is, which way is good, and its own smallest difference."""
    rows = []
    for name, one in METRICS.items():
        of = f"% of the baseline's `{one.relative_to}`"
        matters = f"{100 * one.matters:g}{of}" if one.relative_to else f"{one.matters:g}"
        rows.append(f"| `{name}` | {one.title} | {one.unit} | {one.direction} | {matters} |")
    return rows


def section(path: tuple[str, ...], part: type[Part]) -> str:
    """One mapping: a heading, what it is, and a row a key."""
    schema = draft_7(part.model_json_schema())
    title = title_of(path)
    required = schema.get("required", [])
    rows = [
        f"| `{name}` | {type_in_words(one)} | {default_in_words(one, name in required)} "
        f"| {one.get('description', '')} |"
        for name, one in schema["properties"].items()
    ]
    head = ["| key | value | default | meaning |", "| --- | --- | --- | --- |"]
    about = "" if part is ExperimentFile else f"{schema['description']}\n\n"
    return f"## {f'`{title}`' if title else 'The file'}\n\n{about}" + "\n".join([*head, *rows])


def title_of(path: tuple[str, ...]) -> str:
    """Where a mapping stands, as headings have it."""
    title = ".".join("NAME" if step == "*" else step for step in path)
    return title.replace("schedule.NAME", "schedule[]").replace("budgets.NAME", "budgets[]")


def again(path: tuple[str, ...], first: tuple[str, ...]) -> str:
    """A mapping of a kind that stands above: a heading, and where."""
    return f"## `{title_of(path)}`\n\nAs `{title_of(first)}`, above."


def default_in_words(schema: Mapping[str, Any], required: bool) -> str:
    """The default of a key as a table shows it."""
    if required:
        return "required"
    if "default" not in schema:
        return "-"
    default = schema["default"]
    return f"`{default if isinstance(default, str) else json.dumps(default)}`"


def type_in_words(schema: Mapping[str, Any]) -> str:
    """What a value may be, in words, from its schema of draft 7."""
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return ", or ".join(type_in_words(one) for one in schema[key])
    if OR_WORD in schema:
        return f"`{schema[OR_WORD]}`, or a mapping"
    if "$ref" in schema or "allOf" in schema:
        return "a mapping (below)"
    if "enum" in schema:
        return " or ".join(f"`{in_code(one)}`" for one in schema["enum"])
    kind = schema.get("type")
    one, several = KINDS.get(schema.get(KNOWN, ""), ("", "names"))
    if kind == "array":
        return f"a list, each {type_in_words(schema['items'])}"
    if kind == "object":
        patterns = schema.get("patternProperties", {})
        several = "policy years" if YEARS in patterns else several
        value = next(iter(patterns.values()), schema.get("additionalProperties"))
        return f"a mapping of {several}, each to {type_in_words(value) if value else 'its value'}"
    if kind == "string":
        if "%" in schema.get("pattern", ""):
            return "a percentage such as `2%`"
        return one or ("text" + at_most(schema.get("maxLength"), "characters"))
    word = "a whole number" if kind == "integer" else "a number"
    return word + bounds(schema)


def in_code(text: str) -> str:
    """Text between backticks in a table: marks alone in quotes, and the bar escaped."""
    shown = text if any(map(str.isalnum, text)) else json.dumps(text)
    return shown.replace("|", "\\|")


def at_most(most: int | None, of: str) -> str:
    """', at most 200 characters', if there is a bound."""
    return f", at most {most:,} {of}" if most else ""


def bounds(schema: Mapping[str, Any]) -> str:
    """The bounds of a number in words."""
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is None:
        return ""
    if high is None or high >= 2**53:
        return f", {low:g} or more"
    return f", {low:,g} to {high:,}" if isinstance(high, int) else f", {low:,g} to {high:,g}"


PAGE = """# The experiment file

*Written by docs/generate.py from the classes of `experiments/schema/experiment_file.py`: change the
classes, not this page.*

One YAML file is one experiment. `streetlight new NAME` writes a commented one to start from,
`streetlight check` says what is wrong with a file or what running it takes, `streetlight show`
prints what it comes to. Names that a file can use: `streetlight policies` (rules and mixes),
`streetlight params` (parameters), `streetlight regions`.

A file of three lines is enough:

```yaml
title: "Per head, or where the reports are?"
region: {{us_counties: {{states: ["ME", "VT"]}}}}
policies: [per_youth, last_years_counts]
```

In editors that know JSON Schema (through yaml-language-server), the first line
`# yaml-language-server: $schema=./experiment.schema.json` completes every key and name and explains
it. `streetlight new` writes that line, and the schema beside the file unless there is one already;
`streetlight schema --out experiment.schema.json` writes it anew.

In the tables, *NAME* stands for a name of your own: {names}. The file's own name, without `.yaml`,
is the experiment's name and follows the same rule. Policies times futures times replicates are at
most {most_runs:,} runs.

{sections}

## Metrics

The metrics that can be named, with the direction that is better and the smallest difference that
matters where the file says nothing else. A percentage is of the baseline's value, or of the
policy's own where the baseline's is 0, as of money of which the baseline has none.

| name | what it is | unit | better | smallest difference that matters |
| --- | --- | --- | --- | --- |
{metrics}

## Overrides

Parameters are set by their dotted names, one a line: `spell.exit_hazard: 0.03`, never as a mapping
in a mapping. `parameters` holds in every future; a named future comes on top of it. A switch is
`true` or `false`, a parameter by place class or sector is a list of numbers. A value outside the
range that the evidence allows is used all the same, and `streetlight show` marks it with `!`; a
value that makes no sense (a share above 1) is refused.

```yaml
title: "Longer spells, and a future without the barrier"
policies: [per_youth]
region: {{synthetic: {{n_communities: 20, seed: 1}}}}
parameters:
  spell.exit_hazard: 0.015
  denial.leaders: [0.30, 0.45, 0.75, 0.88]
futures:
  named:
    central: {{}}
    no_barrier:
      switches.anonymity: false
      switches.known_offender: false
      switches.denial: false
```

## Titles

A policy and a named future may have a `title`, in any script: what tables and sentences for
people call it. Without one its name is made readable. A title changes no run.

```yaml
title: "Names for people"
region: {{synthetic: {{n_communities: 20, seed: 1}}}}
policies:
  per_youth: {{title: By number of youth}}
  towns: {{title: "小城镇优先", rule: small_towns_first}}
futures:
  named:
    central: {{title: The world as we think it is}}
    no_denial: {{title: "Nobody is denied", switches.denial: false}}
```

## `extends`

A file that extends another starts from everything that one says. It may leave out what is said
there, its title and policies too. Its own values win: entries of {merged} are merged name by
name, every other key is replaced as a whole. The other file lies in the same folder (a link out of
it is refused) or ships with Streetlight. At most {most_extended} files deep; circles are refused.

```yaml
extends: tiny
title: "The tiny experiment, longer and with a third policy"
horizon: 10
policies: [equal_shares, per_youth, small_towns_first]
futures:
  named:
    strong_barrier: {{denial.barrier_scale: 1.5}}
```

## A region file of your own

`streetlight regions check FILE` prints what is understood of a file, or what is wrong with it and
the line that makes it right; it takes an experiment file as well. In Python the same keys are
arguments: `sl.Region.from_csv("places.csv", percent=["poverty_share"])`.

The columns that are read: `id`, `name`, `population` (required); `youth` (aged 10-17),
`youth_12_17`, `poverty_share` (0-1, of youth), `place_class` (large metro, small metro, town,
rural), `latitude`, `longitude`, `state`, `area`, `covariate`. A blank cell is unknown. A code in
two columns is written with a plus: `id: STATE+COUNTY`. Neighbours stand in `<stem>_neighbours.csv`
beside the file, columns `id_a,id_b`.

```
region:
  csv: kreise.csv
  separator: ";"
  decimal: ","
  thousands: "."
  columns: {{id: AGS, name: Kreis, population: Einwohner, poverty_share: Kinderarmut}}
  percent: [poverty_share]
  where: {{Bundesland: [Bayern, Hessen]}}
  area: Bundesland
  place_class: {{at_least: {{large metro: 500000, small metro: 100000, town: 20000}}}}
currency: EUR
```

**What a file does not say** is filled in, and `check`, `show` and the report tell it: which columns
were read, which were not used, and for each gap how many places were filled and with what. For US
counties `county_facts` fills gaps from the built-in table, by county code of any year since 2013;
Connecticut's planning regions of 2022 lie across its counties and get none.

**What a file hardly means** is refused, with the line to add if it is meant (`accept`): a row that
has as many people as others together, numbers of people such as 12.345, percentages or counts for
shares, latitude and longitude that are swapped, at 0, 0 or without their minus, codes without
their zero or beside the name of another county, ids that differ by case, accents or zeros alone,
notes below the table. Nothing is asked while a command runs.

Costs stand in US dollars of the built-in levers. `currency` is the word for money in reports and
tables; it converts nothing, so budgets must be in the money of the costs.

## A budget of one's own

`budget` is dollars per resident per year; `budgets` gives others from some policy year on. A list
makes a grid: `budget: [0.25, 0.50]` makes two policies of each that names no budget of its own
(`per_youth_25_cents`, `per_youth_50_cents`), a list of mixes as many of each, both together all
combinations. A policy on which a list has no effect stays one. A list in the place of a parameter
or a cost makes futures in the same way, with every named future at every combination. Results
know these values: `axes` of a policy in `manifest.json`, and the columns of `design.parquet`.

`class_mixes` gives classes of place mixes of their own. Planners, which choose what they buy or
hold one mix, keep the mix of the file.

`table` is a plan that is written down: a CSV file with a row for each sum. Its columns are

- `community`: an id of the region (required);
- `dollars`: a year, or in its place `share`: of the policy's budget of that year, at most 1 in all;
- `lever`: what it is for; without this column the policy's mixes say so;
- `year`: a policy year, 0 the first; without this column every year is the same, and with it a
  year without a row has nothing;
- `policy`: whose row it is, so that one file can hold several plans.

As the `baseline` such a table is what is spent today, and everything is compared with that. Other
columns are not read. The results folder holds a copy of what was read (`plans.csv`).

`costs` sets what single levers cost ([levers.md](levers.md)). They are parameters, as
`costs.training_unit_cost`, which futures can set or draw, and may change with the years:
`unit_cost: {{start: 200, year 3: 260}}` ([futures.md](futures.md)).

With `today.csv`

```csv
community,lever,dollars
S0001,training,20000
S0001,investigators,60000
S0003,campaign,4000
```

this file asks what more money should be spent on:

```yaml
title: "More than today"
region: {{synthetic: {{n_communities: 20, seed: 1}}}}
baseline: {{title: What we spend today, table: today.csv}}
budget: [0.50, 1.00]
policies:
  per_youth: {{}}
  small_first: {{rule: small_towns_first, class_mixes: {{rural: small_town_package}}}}
  rising:
    rule: poverty_need
    budgets: [{{from_year: 0, dollars: 0.25}}, {{from_year: 3, dollars: 0.75}}]
costs:
  training: {{unit_cost: 220, fixed_cost: 400}}
  investigators: {{unit_cost: 88000}}
futures:
  named:
    central: {{}}
    dear_posts: {{costs.investigators_unit_cost: 120000}}
```

## Policies made of others

A part keeps its own mix and budget. Of a blend each part spends its share of what it would spend
alone; of a schedule the part whose turn it is spends its budget. A part that is a rule has the mix
and budget of the whole. A `budget` of the whole is that of all its parts but `none`, and refused
where a part names one. `none` may be a part: nothing is spent in its turn, or of its share.

```yaml
title: "Made of others"
region: {{synthetic: {{n_communities: 20, seed: 1}}}}
policies:
  steady: {{rule: last_years_counts, settings: {{added: 2}}, only_part: true}}
  mixed: {{blend: {{steady: 0.7, per_youth: 0.3}}, budget: 0.25}}
  learning:
    schedule:
      - {{from_year: 0, policy: exploration_floor}}
      - {{from_year: 3, policy: mixed}}
  trainers: {{rule: per_youth, mix: {{training: 0.5, investigators: 0.5}}}}
```

## Rules and metrics of your own

`streetlight run my_idea.yaml --rules my_rules.py` lets the file name rules and metrics that are
written in Python. `check`, `show`, `attribute`, `sensitivity` and `replay` take `--rules` too;
`compare`, `report` and `export` need only the results folder. An experiment file cannot name a
file of rules itself, so that nobody's code is run unasked.

```yaml
title: "Towns first, and what a report costs"
region: {{synthetic: {{n_communities: 20, seed: 1}}}}
policies: [towns_and_rural, per_youth]
metrics: [dollars_per_report, identified]
```

```python
import numpy as np
import streetlight as sl


def towns_and_rural(view: sl.RecordView, *, larger: float = 0.0) -> np.ndarray:
    # `larger` is what a youth elsewhere counts
    return np.where(view.place_class >= sl.PlaceClass.TOWN, view.youth, larger * view.youth)


@sl.metric(title="dollars per report", unit="dollars", direction="less", matters=100.0)
def dollars_per_report(history: sl.History, baseline: sl.History) -> float:
    reports = history.record.published_reports.sum()
    return history.spending.spent.sum() / reports if reports else float("nan")
```

A rule is a function whose first argument is declared as a view, which says what it may see; one
with a second argument, the mix, is a planner and returns dollars by community and lever. Its
keyword arguments are its `settings`. A name that begins with _ is no rule. What the file imports
may lie beside it. Editors mark such names in an experiment file: their schema does not know them.

- **An edited rule is another rule**: what its code does is in the key of its runs, and what a
  metric's does in the key of all ([results.md](results.md)). `replay` asks for the file and says
  when it is another.
- **A rule must depend on its view alone**, not on the time, a count or luck of its own (for luck:
  `view.uniforms("a word")`). In the first year it is asked twice on one view and fails when the
  answers differ. At the end of an experiment one world's runs of the rules of your own are done
  again, and it is said, with exit code 1, when they come out otherwise.
- **A rule must answer in time**: `--rule-seconds`, 300 by default, for one answer, which is a
  year's. A policy that takes longer fails in that run and is not waited for again.

## Replicates until precise enough

```yaml
title: "Precise enough"
region: {{synthetic: {{n_communities: 20, seed: 1}}}}
policies: [per_youth, small_towns_first]
metrics:
  identified: {{smallest_difference_that_matters: 2%, satisficing_level: 500}}
replications: {{min: 8, max: 40, batch: 8, half_width: 1%}}
```

## What is refused, and why

All problems of a file are listed in one pass, each with file, line, column, key, value and what is
allowed; nothing is run then. Exit code 2.

- **Unknown keys and names.** A misspelt key that is ignored is an experiment other than the one you
  meant. The likely name is suggested.
- **Duplicate keys**, of which other readers silently take the last.
- **Empty values.** Leave the key out, and the default holds.
- **Tags, anchors, aliases, a second document, YAML 1.1.** What you see is what is read; a file can
  hold no code. `no` and `on` are text: switches are `true` or `false`.
- **Numbers for ids.** `01001` is a number to YAML and would lose its zero; write `"01001"`.
- **Numbers that are not finite**, hexadecimal and octal ones, and numbers that begin with a zero.
- **Shares that do not sum to 1.** They are not rescaled: a forgotten lever would go unnoticed.
- **Files over {largest}**, with more than {values} keys and values, or a line of more than
  {longest} characters; nesting deeper than {deepest} levels, text that is not UTF-8. Reading stops
  there, as checking does at {noted} problems, and says so.
"""
