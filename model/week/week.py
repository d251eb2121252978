"""The week, written once: what happens in it, and in which order.

To leave a phase out, to put one in or to change their order, edit both `PHASES` and `week`: the
list is for whoever reads or replaces phases by name, the function is what is compiled (a test holds
one against the other).
"""

from __future__ import annotations

from collections.abc import Callable

from streetlight.model.compiled import part, phase
from streetlight.model.week.assess import assess
from streetlight.model.week.encounters import disclose, encounter, notice
from streetlight.model.week.learn import learn
from streetlight.model.week.record import record
from streetlight.model.week.report import report
from streetlight.model.week.serve import serve
from streetlight.model.week.spells import exits, onsets
from streetlight.model.world.room import has_room
from streetlight.model.world.state import State, When


@part
def week(s, when):
    """The order of a week, once money is spent.

    Hazards are read from the state after *learn*; an event passes through all later phases of the
    same week.
    """
    learn(s, when)
    exits(s, when)
    onsets(s, when)
    disclose(s, when)
    notice(s, when)
    encounter(s, when)
    report(s, when)
    assess(s, when)
    serve(s, when)
    record(s, when)


@phase
def weeks(s, step, stop, months, per_year, first_recorded, spell_occasions, false_reports):
    """Weeks of one year, until `stop` or the first that might lack room; returns that step.

    months: month of each step; first_recorded: step at which the record starts; spell_occasions,
    false_reports: the most there can be (see `room`).
    """
    while step < stop and has_room(s, step, spell_occasions, false_reports):
        in_record = step >= first_recorded
        week(s, When(step, step % per_year, step // per_year, months[step], in_record))
        step += 1
    return step


#: The phases of `week` by name, in its order: each changes the state at a moment.
PHASES: dict[str, Callable[[State, When], None]] = {
    "learn": learn, "exits": exits, "onsets": onsets, "disclose": disclose, "notice": notice,
    "encounter": encounter, "report": report, "assess": assess, "serve": serve, "record": record,
}  # fmt: skip

#: All phases of a week by name, in their order: the first is the one in which money is spent, at
#: the start of a year (see `run/allocation.py`).
WEEK = ("allocate", *PHASES)
