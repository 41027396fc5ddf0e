# SPDX-License-Identifier: GPL-3.0-or-later
"""What the artist reads: time left, endings, and reports that carry no private path."""

import re
from pathlib import Path

import pytest

from backend.protocol import ExitCode, Failure
from blender_addon.process.wording import ending, masked, report, time_left


@pytest.mark.parametrize("seconds", [0, 9, 31, 54, 56, 89, 91, 600, 3299, 3301, 5399, 5401, 90_000])
def test_the_time_in_words_is_close_to_the_time(seconds: float) -> None:
    words = time_left(seconds)
    unit = {"second": 1, "minute": 60, "hour": 3600}[re.findall(r"second|minute|hour", words)[0]]
    number = re.findall(r"\d+", words)
    told = (int(number[0]) if number else 5 if unit == 1 else 1) * unit
    assert abs(told - seconds) <= max(6, 0.5 * seconds)
    assert "1 minutes" not in words
    assert "1 hours" not in words


def test_an_unknown_time_says_nothing() -> None:
    assert time_left(None) == ""


@pytest.mark.parametrize("code", [None, -9, -11, 1, 77, *ExitCode])
def test_every_ending_has_a_sentence_and_a_remedy(code: int | None) -> None:
    assert all(text.endswith(".") for text in ending(code))


@pytest.mark.parametrize(
    "path", ["/home/mina/heads/a.obj", "C:\\Users\\mina\\heads\\a.obj", "C:/Users/mina/a", "/Users/mina/Library/x"]
)
def test_names_of_people_never_get_into_a_report(path: str) -> None:
    failure = Failure(f"“{path}” is broken.", "Mend it.", detail=f'File "{path}", line 3', versions={"python": "3"})
    text = report(failure, {"blender": "5.2"}, f"log of {path}")
    assert "mina" not in text
    assert "blender: 5.2" in text
    assert "python: 3" in text


def test_the_home_folder_is_masked_wherever_it_lies() -> None:
    assert masked("in /srv/people/kim/x.style", Path("/srv/people/kim")) == "in ~/x.style"
