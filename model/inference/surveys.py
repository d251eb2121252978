"""What an agency learns from prevalence surveys; who answers is in `run/surveys.py`.

In community i, r_i youth were asked in all years so far, of n_i aged 12-17; of E_i victimizations
a year expected from youth and poverty, those who say so in the survey are

    X_i ~ Poisson(level exp(c_k) r_i E_i / n_i)

with one level for all and an effect c_k for each class of place k, so that surveys in some rural
places teach about all of them.  Effects are shrunken as in `class_surveys`: those that are no
larger than chance would make them are 0.  The level is used for nothing else: it holds the length
of a spell and the unknown share that reports show, which a survey alone cannot tell apart.  E_i is
then multiplied by exp(c_k).  X_i is the published estimate times r_i times DISCLOSED.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from streetlight.model.arrays import FloatArray
from streetlight.model.inference.class_surveys import class_effects
from streetlight.model.inference.identified import NotIdentifiedError
from streetlight.model.names import N_CLASSES
from streetlight.model.record.view import RecordView

#: Believed share of exploited youth who say so, by which published estimates are turned back into
#: answers.  A wrong belief leaves the estimates as they are, and misjudges their noise.
DISCLOSED = 0.6


@dataclass(frozen=True)
class Answers:
    """Surveys so far, each (C,)."""

    expected: FloatArray  # E_i, given the effects of classes of place
    said_so: FloatArray  # X_i
    share_asked: FloatArray  # r_i / n_i


def answers(view: RecordView, expected: FloatArray) -> Answers:
    """Learn from all surveys so far, given E_i (C,); without any, E_i is returned as it is."""
    asked = view.survey_respondents.sum(axis=1)
    said_so = (view.survey_respondents * view.survey_estimates).sum(axis=1) * DISCLOSED
    share_asked = asked / np.maximum(view.youth_12_17, 1.0)
    if not asked.any():
        return Answers(expected, said_so, share_asked)
    classes = view.place_class[:, None] == np.arange(N_CLASSES)
    try:
        effects, _ = class_effects(said_so @ classes, (share_asked * expected) @ classes)
    except NotIdentifiedError:
        effects = np.zeros(N_CLASSES)
    return Answers(expected * np.exp(classes @ effects), said_so, share_asked)
