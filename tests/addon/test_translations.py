# SPDX-License-Identifier: GPL-3.0-or-later
"""Every text that the panel shows has its Korean; nothing is translated that no longer exists."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import blender_addon
from blender_addon.translations import translations
from blender_addon.translations.ko import TEXTS

ADDON = Path(blender_addon.__file__).parent
KEYWORDS = {"text", "name", "description"}
# Never shown: data names, hidden properties, and what is the same in every language.
NOT_SHOWN = {"UVMap", "Basis", "Python", "NEUTRAL or STYLED"}


def _shown() -> Iterator[str]:
    for path in sorted(ADDON.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                for line in node.body:
                    if isinstance(line, ast.Assign) and getattr(line.targets[0], "id", "") == "bl_label":
                        yield ast.literal_eval(line.value)
                if node.name.startswith("ONESCULPT_OT_") and (tip := ast.get_docstring(node)):
                    yield tip
            elif isinstance(node, ast.Call) and not _hidden(node):
                yield from (
                    word.value.value
                    for word in node.keywords
                    if word.arg in KEYWORDS and isinstance(word.value, ast.Constant) and word.value.value
                )


def _hidden(call: ast.Call) -> bool:
    """A property that is stored but never drawn, or a call that makes data."""
    hidden = any(word.arg == "options" and "HIDDEN" in ast.unparse(word.value) for word in call.keywords)
    return hidden or (
        getattr(call.func, "attr", "") in {"StringProperty", "IntVectorProperty"}
        and not any(word.arg == "name" for word in call.keywords)
    )


def test_every_shown_text_has_its_korean() -> None:
    missing = sorted({text for text in _shown() if text not in TEXTS} - NOT_SHOWN)
    assert missing == []


def test_nothing_is_translated_that_is_not_in_the_source() -> None:
    source = "\n".join(
        path.read_text("utf-8") for path in ADDON.rglob("*.py") if path.parent.name != "translations"
    )
    source += "\n".join(
        path.read_text("utf-8") for path in (ADDON.parent / "backend" / "worker").rglob("*.py")
    )
    # Regions and presets are names, found by their table; long texts may be broken over lines.
    gone = [text for text in TEXTS if text not in source and text.replace("'", "\\'") not in source]
    assert gone == []


@pytest.mark.parametrize("english", TEXTS)
def test_korean_is_korean_and_ends_as_the_english_does(english: str) -> None:
    korean = TEXTS[english]
    assert any("가" <= letter <= "힣" for letter in korean)
    assert english.endswith(".") == korean.endswith(".")
    assert english[0].isdigit() is False or korean[0] == english[0]


def test_blender_gets_both_contexts() -> None:
    texts = translations()["ko_KR"]
    assert texts["Operator", "Stylize"] == texts["*", "Stylize"] == TEXTS["Stylize"]
