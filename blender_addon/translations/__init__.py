# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on's texts in other languages, in the form that Blender registers."""

from .ko import TEXTS as KOREAN

CONTEXTS = ("*", "Operator")
"""Blender looks labels of buttons up under the second, everything else under the first."""


def translations() -> dict[str, dict[tuple[str, str], str]]:
    """For each language: text by context and English text."""
    texts = {(context, english): korean for english, korean in KOREAN.items() for context in CONTEXTS}
    return {"ko_KR": texts, "ko": texts}
