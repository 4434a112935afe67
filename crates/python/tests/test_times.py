"""Days, times and durations: every value of Python is accepted with its meaning, or refused with the name of the
argument."""

from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone, tzinfo
from typing import Any

import pytest
from issue import license_of
from shared import TYPICAL, VENDOR, at, license

from keyward_verifier import ClockEvidence, HighWaterMark, License, State, Verifier, combine


def test_a_day_is_a_date_that_a_key_can_name() -> None:
    for day in [date.min, date(2019, 12, 31), date(9999, 1, 1), date.max]:
        with pytest.raises(ValueError, match="^released: the day is out of range: .* 2020-01-01 through 9998-12-31$"):
            Verifier([VENDOR], 3, released=day)
    with pytest.raises(TypeError, match="^released: expected a datetime.date, not datetime$"):
        Verifier([VENDOR], 3, released=at(2026))
    for day in [date(2020, 1, 1), date(9998, 12, 31)]:
        assert isinstance(Verifier([VENDOR], 3, released=day).verify(TYPICAL), License)


class Zone(tzinfo):
    """A time zone with a given offset."""

    def __init__(self, offset: Callable[[], Any]) -> None:
        self.offset = offset

    def utcoffset(self, _: datetime | None) -> Any:
        return self.offset()

    def dst(self, _: datetime | None) -> None:
        return None

    def tzname(self, _: datetime | None) -> None:
        return None


def fail() -> None:
    raise LookupError("no such zone")


def test_a_naive_datetime_is_refused_with_what_to_do() -> None:
    naive = "the datetime is naive, and could be any of 26 hours: give it a time zone, as in datetime.now\\(timezone.utc\\)"
    for now in [datetime(2026, 1, 1), datetime.min, datetime.max, datetime(2026, 1, 1, tzinfo=Zone(lambda: None))]:
        with pytest.raises(ValueError, match=f"^now: {naive}$"):
            license().standing(now)
        with pytest.raises(ValueError, match=f"^now: {naive}$"):
            combine([license()], now)
        with pytest.raises(ValueError, match=f"^clock: {naive}$"):
            ClockEvidence(now)
        with pytest.raises(ValueError, match=f"^built: {naive}$"):
            ClockEvidence(at(2026), built=now)
        with pytest.raises(ValueError, match=f"^issued: {naive}$"):
            ClockEvidence(at(2026), issued=[at(2026), now])
        with pytest.raises(ValueError, match=f"^issued: {naive}$"):
            HighWaterMark().recovered(now)


def test_an_exception_of_a_time_zone_is_passed_on() -> None:
    with pytest.raises(LookupError, match="^no such zone$"):
        license().standing(datetime(2026, 1, 1, tzinfo=Zone(fail)))
    with pytest.raises(TypeError, match="utcoffset"):
        license().standing(datetime(2026, 1, 1, tzinfo=Zone(lambda: 3600)))
    with pytest.raises(ValueError, match="offset"):
        license().standing(datetime(2026, 1, 1, tzinfo=Zone(lambda: timedelta(days=1))))


ALMOST_A_DAY = timedelta(hours=23, minutes=59, seconds=59, microseconds=999_999)


def test_the_first_and_the_last_time_are_times_in_every_zone() -> None:
    for offset in [-ALMOST_A_DAY, timedelta(hours=-12), timedelta(0), timedelta(hours=14), ALMOST_A_DAY]:
        zone = timezone(offset)
        assert license().standing(datetime.min.replace(tzinfo=zone)).state == State.NOT_YET_VALID
        assert license().standing(datetime.max.replace(tzinfo=zone)).state == State.EXPIRED


def test_an_offset_counts_to_its_last_microsecond() -> None:
    opens = license().standing(at(2026)).opens_at
    for offset in [ALMOST_A_DAY, -ALMOST_A_DAY, timedelta(microseconds=1), timedelta(seconds=-1, microseconds=1)]:
        local = opens.astimezone(timezone(offset))
        assert license().standing(local).state == State.ACTIVE
        assert license().standing(local - timedelta(microseconds=1)).state == State.NOT_YET_VALID


def test_a_subclass_of_datetime_is_read_as_its_time() -> None:
    class Liar(datetime):
        @property
        def year(self) -> int:
            return -1

        def __getattribute__(self, name: str) -> Any:
            return super().__getattribute__(name) if name in {"utcoffset", "year", "__class__"} else "?"

    assert license().standing(Liar(2026, 6, 1, tzinfo=timezone.utc)) == license().standing(at(2026, 6))


def test_a_time_beyond_pythons_years_is_an_overflow_error() -> None:
    year_10000 = datetime.max.replace(tzinfo=timezone(-ALMOST_A_DAY))
    reading = ClockEvidence(year_10000).read(HighWaterMark(), [license()])
    assert reading.mark.instant == license().standing(at(2026)).grace_closes_at
    with pytest.raises(OverflowError, match="^the time is in year 10000, and datetime has the years 1 to 9999$"):
        reading.now
    kept = bytearray(HighWaterMark().to_bytes())
    kept[1:9] = (-(2**62)).to_bytes(8, "big", signed=True)
    with pytest.raises(OverflowError, match="^the time is in year -"):
        HighWaterMark.from_bytes(bytes(kept)).instant
    kept[25:37] = (1).to_bytes(4, "big") + (10**15).to_bytes(8, "big")
    with pytest.raises(OverflowError, match="^the duration is longer than a timedelta can be$"):
        HighWaterMark.from_bytes(bytes(kept)).largest_step


def test_the_last_days_that_a_key_can_name_are_days_in_python() -> None:
    last = date(9998, 12, 31)
    standing = license(license_of(last, last, grace_days=90)).standing(at(9999, 3, 30))
    assert (standing.state, standing.valid_through, standing.grace_through) == (State.IN_GRACE, last, date(9999, 3, 31))
    assert standing.grace_closes_at == at(9999, 4, 1, 12)


def test_the_duration_of_a_run_may_be_any_timedelta() -> None:
    for running in [timedelta(0), timedelta(microseconds=1), timedelta.max]:
        reading = ClockEvidence(at(2026), running=running).read(HighWaterMark(), [license()])
        again = ClockEvidence(at(2026), running=running).read(reading.mark, [license()])
        assert at(2026) <= again.now <= at(2027, 1, 15, 12)
    for tolerance in [timedelta(0), timedelta.max]:
        suspect = ClockEvidence(at(2026), built=at(2026, 2), tolerance=tolerance).read(HighWaterMark(), []).suspect
        assert (suspect is None) == (tolerance == timedelta.max)


@pytest.mark.parametrize("negative", [timedelta.min, timedelta(days=-1), timedelta(microseconds=-1)], ids=str)
@pytest.mark.parametrize("name", ["running", "tolerance"])
def test_a_negative_length_of_time_is_a_value_error(name: str, negative: timedelta) -> None:
    why = "the timedelta is negative, and a length of time is zero or more: was a sign or a unit mistaken\\?"
    with pytest.raises(ValueError, match=f"^{name}: {why}$"):
        ClockEvidence(at(2026), **{name: negative})  # type: ignore[arg-type]
