"""What things are called: places, sectors, channels, youth, ends of spells, tallies and levers.

The order of a list is that of every array with an axis over what it names.
"""

from __future__ import annotations

from enum import IntEnum


class PlaceClass(IntEnum):
    """Kind of place, from most to least urban.

    >>> sl.PlaceClass.RURAL == 3, sl.PlaceClass.LARGE_METRO.label
    (True, 'large metro')
    """

    LARGE_METRO = 0
    SMALL_METRO = 1
    TOWN = 2
    RURAL = 3

    @property
    def label(self) -> str:
        """The class in words, as region files and tables write it."""
        return self.name.lower().replace("_", " ")


CLASSES = tuple(place.label for place in PlaceClass)
N_CLASSES = len(PlaceClass)
#: A group of places with fewer youth than this has no shares and is never the worst-off: a share of
#: one youth more or less is then a whole point, and luck alone moves it by several.
FEWEST_YOUTH = 100

#: Sectors of responders, those whose work may bring them into contact with youth.
SECTORS = ("school", "health", "child welfare", "police", "youth services")
N_SECTORS = len(SECTORS)


class Channel(IntEnum):
    """Who a report comes from."""

    SELF = 0
    CONFIDANT = 1
    PUBLIC = 2
    SCHOOL = 3  # the five sectors follow each other
    HEALTH = 4
    WELFARE = 5
    POLICE = 6
    YOUTH_SERVICES = 7
    PLATFORM = 8  # online, from outside of the place


N_CHANNELS = len(Channel)
#: The channels in words, as tables of one's own write them.
CHANNELS = ("self", "confidant", "public", *SECTORS, "platform")

#: Agencies that keep books of their own, and whose book a report of each channel goes into.
#: Tips of platforms reach the police of a place: they are passed on to them, and nobody calls.
AGENCIES = ("police", "child welfare", "hotline", "others")
N_AGENCIES = len(AGENCIES)
AGENCY_OF_CHANNEL = (2, 2, 2, 3, 3, 1, 0, 3, 0)

#: Exploitation types and genders of youth, by their number in `traits`.
TYPES = ("sexual", "labour or criminal", "both")
GENDERS = ("girl", "boy", "gender-diverse")
N_GROUPS = 6  # of contact rates: 2 * type + high-risk
#: Levels of how visible a youth is, all equally frequent: with a coefficient of variation of 1 what
#: is left of it is 0.96.
N_VISIBILITIES = 16

# Bits of `traits`: type 0-2 in bits 0-1, gender 0-2 in bits 2-3, then one bit each.
HIGH_RISK, FAMILY, KNOWN_OFFENDER, BLAMES, UNBLAMABLE = 1 << 4, 1 << 5, 1 << 6, 1 << 7, 1 << 8
#: Traits of youth whose family does not control them, and of those whose family does.
FAMILIES = (0, FAMILY)

# Bits of `stage`: how far a spell ever came.
SCREENED, INVESTIGATED, SERVED = 1, 2, 4


class End(IntEnum):
    """How a spell ended."""

    OPEN = 0
    NATURAL = 1
    AGED_OUT = 2
    IDENTIFIED = 3
    PREVENTED = 4  # never began
    AHEAD = 5  # has not begun


#: Queues of a pool, those of the first rank worked off first: enough for triage to keep its stated
#: accuracy to a hundredth, and few enough that a case costs the same (assumed).
N_RANKS = 16


class Outcome(IntEnum):
    """Where a case stands, or how it ended."""

    WAITING = 0
    UNDER_INVESTIGATION = 1
    SCREENED_OUT = 2
    NOT_SUBSTANTIATED = 3
    SUBSTANTIATED = 4
    SPELL_ENDED = 5
    LAPSED = 6  # waited too long


class Tally(IntEnum):
    """What the ledger counts."""

    FIRST_ONSETS = 0
    LATER_ONSETS = 1
    PREVENTED = 2  # first spells that never began
    KNEW = 3  # youth who recognised what happens to them
    RECOGNISED = 4  # spells that somebody came to see: disclosed, noticed or recognised first
    KNOWN = 5  # spells reported for the first time
    REPORTS = 6  # true ones, of every spell however often
    FALSE_REPORTS = 7
    SCREENED_IN = 8  # true reports that opened a case and joined the queue
    INVESTIGATED = 9  # investigations of true reports that began
    FALSE_INVESTIGATED = 10
    IDENTIFIED = 11  # true cases substantiated, which ends the spell
    FALSE_IDENTIFIED = 12  # false reports substantiated
    OFFERED_NO_PLACE = 13  # identified when no service place was free
    SERVED = 14  # identified who took a place
    EVER_SCREENED_IN = 15  # spells, each once
    EVER_INVESTIGATED = 16  # spells, each once


N_TALLIES = len(Tally)

#: What an agency counts as reports: it cannot tell true from false.
REPORTS = (Tally.REPORTS, Tally.FALSE_REPORTS)

#: Levers. What each costs and moves is in `money.levers`, which needs the parameters of the world;
#: a rule must not, and this list lets it name a lever all the same.
LEVER_NAMES = (
    "campaign",
    "training",
    "screening_universal",
    "screening_targeted",
    "education",
    "channel",
    "investigators",
    "navigators",
    "prevention",
    "economic",
    "survey",
    "unit",
    "recording",
)

LEVER_INDEX = {name: position for position, name in enumerate(LEVER_NAMES)}
N_LEVERS = len(LEVER_NAMES)
