"""The formulas of docs/model.md that phases and the expectation share, in the order of the page.

Each takes numbers or arrays that broadcast, and gives what it was given: kernels compile it for
numbers, the stationary expectation calls it with arrays.  `rates` is a row of `rates.make_rates`:
numbers per step.  `traits` are the packed traits of youth (`names`), `sector` is the position of a
sector, or of several.
What applies (a trait, being blamed) is true or false, or the share to which it applies.

Symbols in brackets are those of the page.  To draw and to count is the business of phases.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import ndtr, ndtri

from streetlight.model.arrays import FloatArray
from streetlight.model.compiled import equation
from streetlight.model.names import BLAMES, FAMILY, HIGH_RISK, KNOWN_OFFENDER, UNBLAMABLE

LN2 = math.log(2.0)

#: Steps into a spell by which anybody is as recognisable as they get.
FULLY = 1 << 20


@equation
def applied(ratio, share):
    """A factor that applies to a share: 1 for none, `ratio` for all, linear in between."""
    return 1.0 + (ratio - 1.0) * share


@equation
def clip(x):
    """x, but at least 0 and at most 1."""
    return np.minimum(1.0, np.maximum(0.0, x))


@equation
def type_of(traits):
    """0 sexual, 1 labour or criminal, 2 both."""
    return traits & 3


@equation
def gender_of(traits):
    """0 girls, 1 boys, 2 gender-diverse."""
    return (traits >> 2) & 3


@equation
def group_of(traits):
    """Group of contact rates: 2 * type + high-risk."""
    return 2 * (traits & 3) + ((traits & HIGH_RISK) != 0)


# ---------------------------------------------------------------- 1. Clock


@equation
def p_step(hazard):
    """Probability per step of a hazard per step."""
    return -np.expm1(-hazard)


@equation
def hazard_of(p):
    """Hazard per step of a probability per step."""
    return -np.log1p(-p)


def steps_of_weeks(weeks: float, steps_per_year: int) -> int:
    """A delay in weeks as a number of steps."""
    return round(weeks * steps_per_year / 52)


def steps_of_months(months: float, steps_per_year: int) -> int:
    """A delay in months as a number of steps."""
    return round(months * steps_per_year / 12)


# ---------------------------------------------------------------- 3. Communities


@equation
def acquaintance(population, half, slope):
    """Acquaintance density (a), 0-1; half: the population at which it is one half."""
    return 1.0 / (1.0 + (population / half) ** slope)


@equation
def fading(half_life):
    """Rate a year at which what has a half-life in months is lost."""
    return LN2 / (half_life / 12.0)


@equation
def inflow_to_hold(share, loss):
    """Inflow a year (b, e0) that holds a share where `loss` a year of it is lost."""
    return loss * share / (1.0 - share)


@equation
def held_by(inflow, loss):
    """The share that an inflow a year holds where `loss` a year of it is lost (Q*)."""
    return inflow / (inflow + loss)


@equation
def skill_at_rest(trained, turnover, fade):
    """Skill (Q*) of responders of whom a share is trained, where nothing is bought."""
    return held_by(inflow_to_hold(trained, turnover), turnover + fade)


@equation
def filled(share, inflow, loss):
    """A stock (T, Q, E, V) after a step, from its inflow and its loss per step."""
    return clip(share + inflow * (1.0 - share) - loss * share)


@equation
def eased(share, rest, fade, removed):
    """Denial (D) after a step: drawn to its fixed point, and a part of it removed."""
    return clip(share + fade * (rest - share) - removed * share)


@equation
def settled(norm, rest, fade, heard):
    """The norm (N) after a step: drawn to its fixed point, and raised by what is heard (X)."""
    return clip(norm + fade * (rest - norm) + heard * (1.0 - norm))


@equation
def awareness(norm, salience):
    """Public awareness (A) of a norm (N) and a salience (L)."""
    return 1.0 - (1.0 - norm) * (1.0 - salience)


def campaign_dose(reference: float, lift: float) -> float:
    """Dose (d) of a standard campaign: it multiplies awareness at the reference by the lift."""
    return math.log((1.0 - reference) / (1.0 - lift * reference))


@equation
def dosed(share, dose):
    """Salience or norm after a dose (y)."""
    return 1.0 - (1.0 - share) * np.exp(-dose)


@equation
def persuaded(denial, effect, dose):
    """Public denial (D_p) after a dose (y) of a campaign."""
    return denial * (1.0 - effect * (1.0 - np.exp(-dose)))


@equation
def campaigned(rates, salience, norm, denial, dose):
    """Salience, norm and public denial (L, N, D_p) after a dose (y) of a campaign."""
    return (
        dosed(salience, dose),
        dosed(norm, dose * rates.residue),
        persuaded(denial, rates.campaign_denial, dose),
    )


@equation
def faded(salience, keep):
    """Salience (L) after a step without a campaign; keep: the part that a step leaves."""
    return salience * keep


@equation
def campaign_week(rates, salience, norm, denial, campaigns, step_of_year):
    """Salience, norm and public denial (L, N, D_p) after a step of a year with so many campaigns.

    A campaign comes in its first weeks and is then kept up; outside of campaigns salience fades.
    """
    if campaigns <= 0.0 or step_of_year >= rates.campaign_steps:
        return faded(salience, rates.salience_keep), norm, denial
    if step_of_year >= rates.rise_steps:
        return salience, norm, denial
    return campaigned(rates, salience, norm, denial, campaigns * rates.dose / rates.rise_steps)


@equation
def denial_left(effect, news):
    """The part of denial that publicity leaves; news: identifications (y, section 9)."""
    return (1.0 - effect) ** news


# ---------------------------------------------------------------- 3. Attention


def bought_attention(money: str, effort: FloatArray) -> FloatArray:
    """Weight of what is bought where effort is e (w), 1 at effort 1; money: `attention.money`."""
    if money == "multiplies":
        return effort
    return np.maximum(0.0, 2.0 - effort) if money == "fills" else np.ones_like(effort)


@equation
def looked(own, bought, rest, now):
    """What effort makes of something: `rest` without money, `now` with what money did to it.

    own, bought: weights of the place's own effort and of what is bought.  What is lost against
    `rest` is lost in proportion to effort.
    """
    return own * np.minimum(rest, now) + bought * np.maximum(0.0, now - rest)


@equation
def with_unit(own, bought, times):
    """Weights of `looked` where bought posts make contacts `times` as many at effort 1.

    What they add is bought, and has the weight of that.
    """
    return own + bought * (times - 1.0), bought * times


@equation
def most_looked(own, bought, rest, bound):
    """The most that `looked` can come to, if `now` is at most `bound`."""
    return own * rest + bought * (bound - rest)


@equation
def taken_in(effort):
    """Probability that what youth, confidants and the public tell is taken in."""
    return np.minimum(1.0, effort)


def shifted(share: FloatArray, logits: FloatArray) -> FloatArray:
    """Shares moved on the scale of logits; 0 and 1 stay what they are."""
    odds = share * np.exp(logits)
    return np.where(logits == 0.0, share, odds / (odds + 1.0 - share))


def probit_of_taking_part(
    usual: FloatArray,
    by_training: float,
    by_denial: float,
    trained0: FloatArray,
    trained: FloatArray,
    denial0: FloatArray,
    denial: FloatArray,
) -> FloatArray:
    """Normal score below which a place takes part in publication in a year (C,).

    usual: the score by size alone; trained0, denial0: shares usual in the class of place.
    """
    learned = (trained - trained0) / (1.0 - trained0)
    faced = np.divide(denial0 - denial, denial0, out=np.zeros_like(denial), where=denial0 > 0.0)
    return np.asarray(usual + by_training * learned + by_denial * faced)


def helped(score: FloatArray, covered: FloatArray) -> FloatArray:
    """Normal score of taking part where records posts cover a share of those who would not."""
    return np.where(covered > 0.0, ndtri(added(ndtr(score), covered)), score)


# ---------------------------------------------------------------- 4. Truth: onset


@equation
def place_risk(place_ratio, poverty_ratio, poverty_share, context, covariate_effect, covariate):
    """Factors of a place on the onset rate, before frailty and norm.

    context: log ratio of a place where all are poor, for all its youth alike.
    """
    poverty = applied(poverty_ratio, poverty_share) * np.exp(context * poverty_share)
    return place_ratio * poverty * np.exp(covariate_effect * covariate)


@equation
def share_at_risk(share, ratio):
    """Share of victimized youth who are of a group of youth with `ratio` times the rate.

    Of high-risk youth at first onset, and of youth of poor households (poor).
    """
    return share * ratio / applied(ratio, share)


@equation
def onset_hazard(onset_rate, norm, risk, frailty):
    """First onsets a year of a youth not high-risk, before thinning; risk: of the place."""
    return onset_rate / 100_000.0 * norm * risk * frailty


@equation
def triangular_age(u, mode):
    """Age at first onset from a uniform (of one youth): triangular on [12, 18)."""
    if u < (mode - 12.0) / 6.0:
        return 12.0 + np.sqrt(u * 6.0 * (mode - 12.0))
    return 18.0 - np.sqrt((1.0 - u) * 6.0 * (18.0 - mode))


@equation
def p_younger(age, mode):
    """Probability that first onset comes before an age: what `triangular_age` is drawn from."""
    below = np.maximum(age - 12.0, 0.0) ** 2 / (6.0 * np.maximum(mode - 12.0, 1e-300))
    above = 1.0 - (18.0 - age) ** 2 / (6.0 * np.maximum(18.0 - mode, 1e-300))
    return np.where(age < mode, below, above)


@equation
def onset_kept(rates, prevention, economic, poor):
    """Probability that a first onset is not prevented; prevention: V, economic: W."""
    groups = applied(rates.prevention_ratio, prevention)
    return groups * applied(rates.economic_ratio, economic * poor)


# ---------------------------------------------------------------- 5. Being told, disclosing


@equation
def told_at_large(background, education, spread, told):
    """Hazard per step of being told, apart from contacts (t), from two inflows and the told (E).

    spread: diffusion times contacts.
    """
    return background + education + spread * told


@equation
def still_blames(traits, been_told):
    """Whether a youth blames itself: being told ends that for the unblamable."""
    unmoved = ((traits & UNBLAMABLE) == 0) | np.logical_not(been_told)
    return ((traits & BLAMES) != 0) & unmoved


@equation
def added(base, bought):
    """A share with what is bought for the rest (K, distance bridged, what enters the books)."""
    return base + (1.0 - base) * bought


@equation
def disclosure_barrier(rates, acquaintance, traits):
    """Multiplier on disclosure from acquaintance density and a known offender (m)."""
    offender_known = (traits & KNOWN_OFFENDER) != 0
    return rates.anonymity_ratio**acquaintance * applied(rates.known_offender_ratio, offender_known)


@equation
def disclosure(rates, m, blaming, known_channel):
    """Disclosure hazard per step of a youth who knows (h); known_channel: G = K A."""
    h = rates.h_disclose * applied(rates.blame_ratio, blaming)
    relieved = rates.channel_ratio * m ** (1.0 - rates.channel_relief)
    return h * ((1.0 - known_channel) * m + known_channel * relieved)


@equation
def accepted(u, p, bound):
    """Whether a candidate occasion counts, from a uniform: p of what was drawn with `bound`."""
    return u * bound < p


# ---------------------------------------------------------------- 6. Notice by the public


@equation
def ramp(rates, offset):
    """Recognisability `offset` steps after the start of the spell (1 throughout if off)."""
    return rates.ramp_floor + (1.0 - rates.ramp_floor) * np.minimum(1.0, offset / rates.ramp_steps)


@equation
def notice_hazard(rates, awareness, denial, traits, offset):
    """Hazard per step of notice by the public (j)."""
    gate = applied(rates.deny, denial) * applied(rates.family_public, (traits & FAMILY) != 0)
    return rates.h_public * awareness * gate * ramp(rates, offset)


# ---------------------------------------------------------------- 7. Encounter and recognition


@equation
def tool_coverage(tool, universal, targeted, high_risk):
    """Share of contacts in which the screening tool is used (c); tool: of the sector."""
    return tool * (1.0 - (1.0 - universal) * (1.0 - targeted * high_risk))


@equation
def recognition(rates, sector, skill, denial, covered, traits):
    """Probability of recognition at a contact, apart from the ramp; covered: c."""
    untrained = rates.untrained[sector]
    by_eye = untrained + (rates.trained[sector] - untrained) * skill
    by_eye = by_eye * applied(rates.deny, denial)
    by_eye = by_eye * rates.type_ratio[type_of(traits)] * rates.gender_ratio[gender_of(traits)]
    by_eye = by_eye * applied(rates.family_ratio, (traits & FAMILY) != 0)
    return (1.0 - covered) * by_eye + covered * rates.tool_true


# ---------------------------------------------------------------- 8. Report, assessment, services


@equation
def tips(rates, usual, covered):
    """Tips of platforms per step, of a `usual` number where no law covers them (tau).

    covered: share of platforms that a law makes report.
    """
    return usual * applied(rates.mandate_ratio, covered)


def false_for(true: float, false_share: float) -> float:
    """False tips beside so many true ones, where a share of all is false."""
    return true * false_share / (1.0 - false_share)


@equation
def false_suspicion(base, trained_ratio, deny, tool_false, skill, denial, covered):
    """Probability of a false suspicion at a contact with a youth not victimized (f).

    base: untrained, by eye; trained_ratio, deny (M): what full skill and full denial make of it;
    tool_false: by the tool.
    """
    by_eye = base * applied(trained_ratio, skill) * applied(deny, denial)
    return (1.0 - covered) * by_eye + covered * tool_false


@equation
def mean_false_reports(share, usual, high_risk, reported):
    """Mean false reports of a youth by a sector in a step (F_s / n).

    share: of high-risk youth (s_h); usual, high_risk: contacts times suspicion in either group.
    """
    return (usual + share * (high_risk - usual)) * reported


@equation
def screened_in(screen_in, ratio, closed):
    """Probability that a true report is screened in; closed: an earlier case of the spell was."""
    return np.minimum(1.0, screen_in * applied(ratio, closed))


@equation
def rank_by_age(age, ranks):
    """Which of so many queues a youth of an age joins (of one youth), the youngest the first."""
    return min(ranks - 1, max(0, int(ranks * (age - 12.0) / 6.0)))


@equation
def substantiation(rates, traits, waited):
    """Probability that an investigated true report is substantiated; waited: steps in the queue."""
    family = applied(rates.family_substantiation, (traits & FAMILY) != 0)
    late = applied(rates.backlog_ratio, waited > rates.backlog_steps)
    return rates.substantiation * family * late


@equation
def again_hazard(rates, served):
    """Hazard per step of a later spell in the first 12 months after the end of a spell."""
    return rates.h_again * applied(rates.again_served, served)


@equation
def steps_until_again(rates, base, clock, served):
    """Steps from the end of a spell to the next one, of one youth, from a unit exponential.

    base: hazard per step after the first 12 months.
    """
    h = again_hazard(rates, served)
    first = h * rates.again_steps
    if clock < first:
        return 1 + int(clock / h)
    if base <= 0.0:
        return 1 << 30
    return 1 + rates.again_steps + int(min((clock - first) / base, 1073741824.0))


# ---------------------------------------------------------------- 9. Record, feedback


@equation
def p_takes_part(population, small, large, half):
    """Probability that a community takes part in publication in a year.

    small, large: of the smallest and of the largest; half: the population half way between.
    """
    return small + (large - small) * population / (population + half)


def followed(ratio: FloatArray, discretionary: float, follow: float, cap: float) -> FloatArray:
    """Feedback factor on background training (phi); ratio: of published reports to youth (rho)."""
    by_reports = (1.0 - follow) + follow * np.minimum(cap, ratio)
    return np.asarray(applied(by_reports, discretionary))


# ---------------------------------------------------------------- 10. Levers


def saturating(dose: FloatArray, top: FloatArray) -> FloatArray:
    """Effect (C, L) of a dose (C, L): slope 1 at 0, limit top (L,), no limit where that is inf."""
    linear = np.isinf(top)
    limit = np.where(linear, 1.0, top)
    return np.where(linear, dose, -limit * np.expm1(-dose / limit))
