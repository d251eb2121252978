"""Surveys of youth by class of place, joined to relative rates from a record.

In class k so many youth were asked, and x_k of them said that they were exploited.  From relative
rates and one level for all classes e_k are expected. The log ratio of the two is what the record
did not see of the class, with variance 1 / x_k; it is shrunken by how much the ratios differ beyond
that (as DerSimonian and Laird 1986, Controlled Clinical Trials 7, 177-188, but with the upper tenth
of what chance gives in the place of its mean):

    effect_k = t2 / (t2 + 1 / x_k) (log ratio_k - their mean),   t2 = what they differ by, 0 or more

so that answers which differ by chance alone move nothing, and asking costs no rank.  Their mean is
weighted by x_k, where DerSimonian and Laird weight by 1 / (t2 + 1 / x_k): a class that is left as
it is for want of answers is then taken to be like those with most answers.
"""

from __future__ import annotations

import numpy as np
from scipy.stats import chi2

from streetlight.model.arrays import FloatArray, IndexArray
from streetlight.model.inference.hidden_risk import HIDDEN_CLASS, RelativeRates, standardised
from streetlight.model.inference.identified import NotIdentifiedError
from streetlight.model.names import N_CLASSES

#: Ratios that differ by no more than they would by chance in so many of surveys move nothing.
BY_CHANCE = 0.9
#: Answers in a class below which it is left as it is.
FEWEST_ANSWERS = 5


def with_surveys(
    relative: RelativeRates,
    place_class: IndexArray,
    youth: FloatArray,
    asked: FloatArray,
    said_so: FloatArray,
) -> RelativeRates:
    """Relative rates with what surveys say of classes of place.

    place_class, youth (C,): of the places; asked, said_so (4,): youth asked in each class, over its
    places in proportion to youth, and those who said so.  Assumes that as many of those exploited
    say so in every class; where rural youth say so less often, rural need stays hidden.  What
    share does is not needed, as no level is told. NotIdentifiedError unless two classes have five
    answers.
    """
    classes = place_class[:, None] == np.arange(N_CLASSES)
    people = youth @ classes
    rate = (relative.rate * youth) @ classes / np.maximum(people, 1e-300)
    effect, left = class_effects(said_so, asked * rate)
    variance = relative.log_sd**2 - HIDDEN_CLASS**2 + classes @ left
    return standardised(relative.log_rate + classes @ effect, np.sqrt(variance), youth)


def class_effects(said_so: FloatArray, expected: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Log of need over what is expected by class (4,), and what is left of its variance.

    said_so (4,): those who said so; expected (4,): in proportion to how many were expected to.
    A class of fewer than five answers is left as it is. NotIdentifiedError unless two have more.
    """
    told = (said_so >= FEWEST_ANSWERS) & (expected > 0.0)
    if told.sum() < 2:
        text = f"fewer than two classes of place have {FEWEST_ANSWERS} answers"
        raise NotIdentifiedError(text, "more youth asked")
    effect, left = np.zeros(N_CLASSES), np.full(N_CLASSES, HIDDEN_CLASS**2)
    effect[told], left[told] = shrunken(said_so[told], expected[told])
    return effect, left


def shrunken(said_so: FloatArray, expected: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Effects of classes (K,), shrunken, and what is left of their variance."""
    log_ratio, weight = np.log(said_so / expected), said_so
    off = log_ratio - np.average(log_ratio, weights=weight)
    beyond = weight @ off**2 - chi2.ppf(BY_CHANCE, len(weight) - 1)
    scale = weight.sum() - (weight @ weight) / weight.sum()
    between = max(0.0, float(beyond / scale))
    effect = between / (between + 1.0 / weight) * off
    stated = max(between, HIDDEN_CLASS**2)
    return effect, stated / (1.0 + stated * weight)
