from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osteon.io.dicom_header import Header
from osteon.io.dicom_times import moment, time_of_day


def header(**values):
    return Header(path=Path("a.dcm"), name="a.dcm", size=1, syntax="", pixels=None, data=values)


@pytest.mark.parametrize(
    ("date", "clock", "found"),
    [
        ("20200229", "123456.5", datetime(2020, 2, 29, 12, 34, 56, 500000)),
        ("2020.02.29", "12:34:56", datetime(2020, 2, 29, 12, 34, 56)),
        ("20200101", "07", datetime(2020, 1, 1, 7)),
        ("20200101", "0730", datetime(2020, 1, 1, 7, 30)),
        ("20161231", "235960", datetime(2017, 1, 1)),  # a leap second
        ("20190229", "12", None),
        ("20200101", "2500", None),
        ("20200101", "1260", None),
        ("20200101", "", None),
        ("", "12", None),
        ("2020", "12", None),
        ("99991231", "235960", None),
        ("00000101", "12", None),
    ],
)
def test_a_date_and_a_time_are_a_moment_or_none(date, clock, found):
    assert moment(header(SeriesDate=date, SeriesTime=clock), "SeriesDate", "SeriesTime") == found


@pytest.mark.parametrize(
    ("text", "zone", "found"),
    [
        ("20200101120000", "", datetime(2020, 1, 1, 12)),
        ("20200101120000+0200", "+0100", datetime(2020, 1, 1, 11)),
        ("20200101120000-0500", "+0100", datetime(2020, 1, 1, 18)),
        ("20200101120000+0200", "", datetime(2020, 1, 1, 12)),
        ("20200101120000+0200", "nonsense", datetime(2020, 1, 1, 12)),
        ("101530", "", timedelta(hours=10, minutes=15, seconds=30)),
        ("nonsense", "", None),
        ("20201301120000", "", None),
    ],
)
def test_an_injection_time_is_a_moment_or_a_time_of_day(text, zone, found):
    assert time_of_day(text, header=header(TimezoneOffsetFromUTC=zone)) == found


@given(st.text(alphabet="0123456789.:+- ", max_size=24), st.text(alphabet="0123456789+-", max_size=6))
def test_any_text_is_a_time_or_none(text, zone):
    found = time_of_day(text, header=header(TimezoneOffsetFromUTC=zone))
    assert found is None or isinstance(found, datetime | timedelta)
