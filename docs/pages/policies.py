"""The page docs/policies.md, from the registers of rules and mixes."""

from __future__ import annotations

import textwrap

from streetlight.model.money.levers import mix_in_words
from streetlight.model.money.policies import MIXES, RULES
from streetlight.model.money.registry import in_words, settings_of

_PAGE = """# Policies

*Written by docs/generate.py from the registers of rules and mixes: change the rules in
`model/money/rules/` and the mixes in `model/money/mixes.py`, not this page.*

A policy is a **rule** (who gets money), a **lever mix** (for what; see [levers.md](levers.md)) and
a **budget** (dollars per resident per year). Once a year the rule sees the public record so far,
public facts about the communities and what was spent, and returns a weight for each community; the
weights are scaled to sum 1, multiplied by the budget and split by the mix. A **planner** returns
dollars instead, at most the budget, and may leave some. Where a rule draws lots, the luck is the
world's and the year's, the same for every policy. No rule sees the simulator's parameters: what it
believes is among its settings, or the agency's, drawn around the truth once a future (how, and how
planners plan, is in [planning.md](planning.md)). No rule sees the truth but an oracle, which is a
line to compare with and is never ranked. `streetlight policies NAME` shows a rule with an example.

Poverty shares are those of census data, true up to a sampling error that is large in small places
(`agency.poverty_error`; [model.md](model.md), section 9), and so are numbers of youth where
`incidence.youth_spread` lets the true share of youth differ between places. A place that published
nothing looks like one with nothing to publish unless `recording.silence_known` is on; with it off
every place counts as one that took part, and the estimates below take silence for zero.

Every community buys alone, unless the policy says `teams: regional` (a key of a policy or of the
file): then the small communities of an investigation region pay fixed costs and reach minimum
purchases together, and their team travels (see [levers.md](levers.md)). Of a blend or schedule the
whole says who buys together, since what its parts allocate is one sum.

A budget may change over the years (`budgets`), and classes of place may have mixes of their own
(`class_mixes`). A plan may also be written down, as a **table** of dollars or shares of the budget
by community, lever and year: in an experiment file `table: plan.csv`
([experiment-file.md](experiment-file.md)), in Python an array:

    policies.table(dollars, region.ids, region.population, name="today")

Policies combine: in Python `policies.blend` and `policies.schedule`, in an experiment file

    mixed: {{blend: {{last_years_counts: 0.7, per_youth: 0.3}}}}
    learning:
      schedule: [{{from_year: 0, policy: exploration_floor}}, {{from_year: 3, policy: mixed}}]

Each part keeps its own mix and budget; `none` may be one of them. A policy that is to be a part and
nothing else says `only_part: true`: it is neither run nor compared by itself.

## Rules

{rules}

## What the estimate of the undetected believes

Of community i in class of place k: `E_i` victimizations a year expected from youth and poverty, up
to a factor; `t_i` years in which it took part in publication, with `Y_i` reports; `a_k` the share
of victimizations that is published where attention is as usual in the class; `r_i` youth asked in
surveys so far, of `n_i` aged 12-17; `X_i` those of them who said so: published estimates times
those asked times 0.6, the agency's belief of the share who do.

1. *Surveys*, if there were any: `X_i ~ Poisson(level exp(c_k) r_i E_i / n_i)`. Log ratios of
   answers to what was expected, less their mean weighted by answers, are shrunken by how much
   classes differ beyond chance (to nothing unless they differ more than chance alone would make
   them in nine of ten surveys; a class of fewer than five answers has `c_k` 0); then `E_i` is
   multiplied by `exp(c_k)`.
2. *Counts*: `Y_i ~ Poisson(t_i E_i m_k exp(d_i - s2 / 2))`, `d_i ~ Normal(0, s2)`. `m_k` and `s2`
   are fitted to all communities. Of `d_i` the share `h2 / s2` is put down to need and the rest to
   attention, `h2 = log(1 + hidden_cv^2)` being stated; so are all differences between classes.
   `N_i` is in proportion to `E_i` times the exponential of that share of `d_i`.
3. *Level*: `a_k` is in proportion to `m_k`, with mean `share_seen` over `N`, and 0.95 at most; `N`
   is scaled so that `sum t_i a_k N_i = sum Y_i`.
4. *The community's own surveys*: `Gamma(g_i, g_i / N_i)`, which varies as the estimate is in doubt,
   becomes `Gamma(g_i + X_i, g_i / N_i + x_i)`, `x_i` being in proportion to `r_i / n_i`, with
   `sum x_i N_i = sum X_i`.
   Its mean times `1 - a_k` is undetected.

Steps 1 and 2 are the functions of `streetlight estimate` ([inference.md](inference.md)). Counts
over attention use `a_k` alone; Thompson sampling, upper confidence, the exploration floor, audits
and the planners use all of it. How large hidden risk is nobody knows: with `hidden_cv` 0.1 counts
move next to nothing, with 0.6 up to three and a half times as much as with 0.3.

## Mixes

Beside each lever stands the evidence for its cost and for its effect; the grades and their sources
are in [levers.md](levers.md#evidence).

{mixes}
"""


def policies_page() -> str:
    """Every rule and mix, with what holds for all of them."""
    return _PAGE.format(
        rules="\n\n".join(_rule_text(name) for name in RULES),
        mixes="\n\n".join(_mix_text(name) for name in MIXES),
    )


def _rule_text(name: str) -> str:
    info = RULES[name]
    settings = settings_of(info.function) or {}
    lines = [
        f"### {info.title} (`{name}`)",
        "",
        info.doc,
        "",
        f"- Sees: {info.sees}.",
        f"- Used by: {info.used_by}.",
        *(["- A planner: it may leave money unspent."] if info.plans else []),
    ]
    if settings:
        shown = ", ".join(f"`{key}` = {in_words(value)}" for key, value in settings.items())
        lines.append(f"- Settings: {shown}.")
    return "\n".join(lines)


def _mix_text(name: str) -> str:
    mix = MIXES[name]
    shares = textwrap.fill(f"{mix_in_words(mix.shares)}.", width=100)
    return f"### {mix.title} (`{name}`)\n\n{shares}\n\n{textwrap.fill(mix.why, width=100)}"
