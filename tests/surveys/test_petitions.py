"""QĐ 766 group 5 worked by hand: each limit with its weekdays, what counts in which period, the union of reasons."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.working_calendar import load_calendar
from surveys.petitions import Happening, Period, Petition, WorkingDays, digest, group_five, handling, judge
from surveys.score_rules import score_rule

RULE = score_rule("qd766").petitions
DAYS = WorkingDays(load_calendar())
QUARTER = Period(date(2026, 10, 1), date(2026, 12, 31))


def d(text):
    day, month, *year = text.split("/")
    return date(int(year[0]) if year else 2026, int(month), int(day))


def petition(*events, code="P", about="tthc", disliked=False, reraised=False):
    """`petition("sent 20/11", "rejected 25/11")`"""
    happenings = tuple(Happening(event, d(day)) for event, day in (each.split() for each in events))
    return Petition(code, about, happenings, disliked, reraised)


def verdict(*events, period=QUARTER, **parts):
    return judge(petition(*events, **parts), period, rule=RULE, days=DAYS)


@pytest.mark.parametrize(
    ("start", "day", "expected"),
    [
        ("20/11", "25/11", 2),  # Fri -> Mon 23, [Tue 24 off], Wed 25
        ("23/11", "15/12", 15),
        ("13/2", "24/2", 2),  # Tết 16-20/2
        ("20/8", "22/8", 2),  # Fri 21, worked Sat 22
        ("21/11", "23/11", 1),  # a Saturday's receipt: Monday is the first day
        ("23/11", "23/11", 0),
        ("20/11", "22/11", 0),
    ],
)
def test_working_days_between(start, day, expected):
    assert DAYS.after(d(start), d(day)) == expected


@pytest.mark.parametrize(
    ("events", "in_time"),
    [
        # refused or sent back: 2 working days
        (("sent 20/11", "rejected 25/11"), True),  # Wed, the second working day over the holiday
        (("sent 20/11", "rejected 26/11"), False),
        # first request for more, before acceptance: 5
        (("sent 2/11", "asked 9/11", "finished 16/11"), True),
        (("sent 2/11", "asked 10/11", "finished 16/11"), False),
        (("sent 2/11", "accepted 4/11", "asked 20/11", "finished 23/11"), True),  # after acceptance: no such limit
        (("sent 2/11", "asked 5/11", "asked 20/11", "finished 23/11"), True),  # only the first request
        # finished: 15
        (("sent 2/11", "finished 23/11"), True),
        (("sent 2/11", "finished 24/11"), True),  # a holiday adds no working day
        (("sent 2/11", "finished 25/11"), False),
        # published: 2 after the answer
        (("sent 2/11", "finished 20/11", "published 25/11"), True),
        (("sent 2/11", "finished 20/11", "published 26/11"), False),
        (("sent 2/11", "published 23/11"), True),  # straight to "đã công khai"
        (("sent 2/11", "published 25/11"), False),
        (("sent 2/11", "finished 20/11"), True),  # not published yet: nothing to test
        # a transfer in starts the clock anew; earlier events keep their own start
        (("sent 2/11", "transferred 16/11", "finished 4/12"), True),
        (("sent 2/11", "rejected 4/11", "transferred 9/11", "finished 30/11"), True),
        (("sent 2/11", "rejected 5/11", "transferred 9/11", "finished 30/11"), False),
    ],
)
def test_each_limit_by_hand(events, in_time):
    assert verdict(*events).counted and verdict(*events).overdue is not in_time


@pytest.mark.parametrize(("until", "in_time"), [("23/11", True), ("24/11", True), ("25/11", False), ("8/11", True)])
def test_an_open_petition_is_in_time_for_fifteen_working_days(until, in_time):
    period = Period(d("1/11"), d(until))
    found = verdict("sent 2/11", "accepted 3/11", period=period)
    assert found.is_open and found.overdue is not in_time
    later = verdict("sent 2/11", "accepted 3/11", "finished 30/11", period=period)
    assert later.checks == found.checks  # what happens after the period is not known in it


def test_each_event_counts_in_its_own_period():
    events = ("sent 21/9", "accepted 22/9", "finished 20/10", "published 21/10")
    third, fourth = Period(d("1/7"), d("30/9")), QUARTER
    assert [check.event for check in verdict(*events, period=third).checks] == ["open"]
    assert [check.event for check in verdict(*events, period=fourth).checks] == ["finished", "published"]
    assert not verdict(*events, period=third).overdue and verdict(*events, period=fourth).overdue
    first_of_next = Period(d("1/1/2027"), d("31/3/2027"))
    assert not verdict(*events, period=first_of_next).counted


def test_withdrawn_and_passed_on_petitions_are_not_tested_any_more():
    assert not verdict("sent 2/11", "withdrawn 30/12").counted
    assert not verdict("sent 2/11", "left 30/12").counted


def entries(*verdicts):
    return {code: (entry.num, entry.den) for code, entry in group_five(verdicts, RULE).items()}


def test_bad_ones_count_once_however_many_the_reasons():
    found = entries(
        verdict("sent 2/11", "accepted 3/11", "finished 10/11"),
        verdict("sent 2/11", "accepted 3/11", "finished 30/11", disliked=True, reraised=True),  # three reasons
        verdict("sent 2/11", "accepted 3/11", "finished 10/11", disliked=True),
        verdict("sent 2/11", "finished 30/11", disliked=True),  # never accepted: not in the total
        verdict("sent 21/9", "accepted 22/9", "finished 30/11"),  # accepted before the period
    )
    assert found["PETITION_HANDLING_SATISFACTION"] == (1, 3)
    assert found["PETITION_PROCESSING_ON_TIME"] == (2, 5)


def test_nothing_gives_zero_denominators():
    assert entries() == {
        "PETITION_PROCESSING_ON_TIME": (0, 0),
        "PETITION_HANDLING_SATISFACTION": (0, 0),
        "PETITION_CLASSIFICATION_TTHC": (0, 0),
        "PETITION_CLASSIFICATION_STAFF": (0, 0),
    }


def test_classification_counts_what_was_sent_in_the_period():
    found = entries(
        verdict("sent 2/11"),
        verdict("sent 2/11", about="staff"),
        verdict("sent 21/9", about="staff"),
        verdict("sent 3/11"),
    )
    assert found["PETITION_CLASSIFICATION_TTHC"] == (2, 3) and found["PETITION_CLASSIFICATION_STAFF"] == (1, 3)


def test_without_knowing_what_petitions_are_about_there_is_no_classification():
    assert "PETITION_CLASSIFICATION_TTHC" not in entries(verdict("sent 2/11", about=""))


def test_handling_for_par_index_counts_what_was_due():
    given = [
        verdict("sent 2/11", "finished 10/11", "published 11/11"),
        verdict("sent 2/11", "finished 30/11"),
        verdict("sent 2/11", "rejected 3/11"),
        verdict("sent 2/11"),  # open and late
        verdict("sent 28/12"),  # open and in time: not due
    ]
    found = {code: (entry.num, entry.den) for code, entry in handling(given, publishing=True).items()}
    assert found == {"PAKN_HANDLED": (3, 4), "PAKN_PUBLISHED": (1, 2)}
    assert set(handling(given, publishing=False)) == {"PAKN_HANDLED"}


def test_the_digest_does_not_see_what_happened_later():
    one = petition("sent 2/11", "accepted 3/11")
    later = petition("sent 2/11", "accepted 3/11", "finished 5/1/2027")
    assert digest([one], until=QUARTER.until) == digest([later], until=QUARTER.until)
    assert digest([one], until=QUARTER.until) != digest([petition("sent 3/11", "accepted 3/11")], until=QUARTER.until)


events_of_petitions = st.lists(
    st.tuples(
        st.sampled_from(["transferred", "asked", "accepted", "rejected", "finished", "published", "reraised"]),
        st.integers(0, 120),
    ),
    max_size=6,
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 90), events_of_petitions, st.booleans()), max_size=8), st.randoms())
def test_rates_stay_between_0_and_1_and_order_does_not_matter(drawn, random):
    petitions = []
    for number, (sent, events, disliked) in enumerate(drawn):
        day = date.fromordinal(QUARTER.since.toordinal() - 20 + sent)
        happenings = [Happening("sent", day)]
        happenings += [Happening(event, date.fromordinal(day.toordinal() + after)) for event, after in events]
        petitions.append(Petition(str(number), "tthc", tuple(happenings), disliked))
    found = group_five([judge(one, QUARTER, rule=RULE, days=DAYS) for one in petitions], RULE)
    for entry in found.values():
        assert 0 <= entry.num <= entry.den <= len(petitions)
    random.shuffle(petitions)
    again = [
        judge(
            Petition(one.code, one.about, tuple(reversed(one.happenings)), one.disliked), QUARTER, rule=RULE, days=DAYS
        )
        for one in petitions
    ]
    assert group_five(again, RULE) == found
