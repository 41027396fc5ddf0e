# SPDX-License-Identifier: GPL-3.0-or-later
"""Every text that the panel shows has its Korean; nothing is translated that no longer exists."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

import blender_addon
from blender_addon.translations import translations
from blender_addon.translations.ko import TEXTS
from blender_addon.words import Phrase, packed, unpacked

ADDON = Path(blender_addon.__file__).parent
WORKER = ADDON.parent / "backend" / "worker"
KEYWORDS = {"text", "name", "description"}
SPEAKERS = {
    *("Phrase", "tell", "draw_text", "Finding", "Failure", "UserError", "BadArrays", "_listing", "_finding", "note")
}
"""Functions and exceptions whose texts people read."""
# Never shown: data names, hidden properties, and what is the same in every language.
NOT_SHOWN = {
    *("UVMap", "Basis", "Python", "NEUTRAL or STYLED", "Unity", "Unreal", "VRM", "glTF", "FBX", "USD"),
    *(".glb", ".fbx", ".usdc", "mouthSmileLeft", "mouthSmile_L", "MouthSmileLeft", "base head", "Base head"),
    *("None", "Not made by Onesculpt", "A neutral head in the default topology", "The styled copy of a head"),
    *("Rig", "A face with expression sliders", "{what} {remedy}", "Layer", "Armature"),
}


def _trees(folder: Path) -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(folder.rglob("*.py")):
        if path.parent.name != "translations":
            yield path, ast.parse(path.read_text("utf-8"))


def _texts(node: ast.expr) -> Iterator[str]:
    """The texts that an expression can be."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from (text for part in (node.body, node.orelse) for text in _texts(part))
    elif isinstance(node, ast.BoolOp | ast.Tuple):
        parts = node.values if isinstance(node, ast.BoolOp) else node.elts
        yield from (text for part in parts for text in _texts(part))


def _name(call: ast.Call) -> str:
    return getattr(call.func, "attr", "") or getattr(call.func, "id", "")


def _is_sentence(text: str) -> bool:
    return " " in text and (text[0].isupper() or text[0] in "“{")


def _shown() -> Iterator[str]:
    for _, tree in _trees(ADDON):
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                for line in node.body:
                    if isinstance(line, ast.Assign) and getattr(line.targets[0], "id", "") in {"bl_label", "without"}:
                        yield from filter(None, [ast.literal_eval(line.value)])
                if node.name.startswith("ONESCULPT_OT_") and (tip := ast.get_docstring(node)):
                    yield tip
            elif isinstance(node, ast.Call):
                yield from _spoken(node)
            elif isinstance(node, ast.Assign):
                yield from filter(_is_sentence, _texts(node.value))
            elif isinstance(node, ast.FunctionDef) and node.name in {"refusal", "trouble", "time_left"}:
                for line in ast.walk(node):
                    if isinstance(line, ast.Return) and line.value is not None:
                        yield from filter(None, _texts(line.value))


def _spoken(call: ast.Call) -> Iterator[str]:
    if _name(call) in SPEAKERS:
        yield from (text for argument in call.args for text in _texts(argument) if _is_sentence(text))
    elif not _hidden(call):
        for word in call.keywords:
            if word.arg in KEYWORDS:
                yield from filter(None, _texts(word.value))
            if word.arg == "items" and isinstance(word.value, ast.List):
                for item in word.value.elts:
                    if isinstance(item, ast.Tuple):
                        yield from (text for part in item.elts[1:3] for text in _texts(part) if text)


def _hidden(call: ast.Call) -> bool:
    """A property that is stored but never drawn, or a call that makes data."""
    hidden = any(word.arg == "options" and "HIDDEN" in ast.unparse(word.value) for word in call.keywords)
    return hidden or (
        getattr(call.func, "attr", "") in {"StringProperty", "IntVectorProperty"}
        and not any(word.arg == "name" for word in call.keywords)
    )


def _assigned(file: str, name: str) -> Any:
    """The literal that a module gives a name; the module itself needs Blender."""
    [value] = [
        node.value
        for node in ast.parse((ADDON / file).read_text("utf-8")).body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == name
    ]
    return ast.literal_eval(value)


def _fields(text: str) -> list[tuple[str, str]]:
    return sorted((name, form or "") for _, name, form, _ in Formatter().parse(text) if name)


def test_every_shown_text_has_its_korean() -> None:
    missing = sorted({text for text in _shown() if text not in TEXTS} - NOT_SHOWN)
    assert missing == []


def test_regions_presets_stages_and_endings_have_their_korean() -> None:
    from backend.worker.jobs.stylize import STAGES
    from blender_addon.expressions.presets import PRESETS
    from blender_addon.expressions.regions import OTHER, REGIONS
    from blender_addon.process.wording import ENDINGS, UNKNOWN_ENDING

    endings = {text for both in (*ENDINGS.values(), UNKNOWN_ENDING) for text in both}
    devices = {text for row in _assigned("stylize/properties.py", "_DEVICES") for text in row[1:3]}
    stages = {
        word.value.value
        for _, tree in _trees(WORKER)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and _name(node) == "Event"
        for word in node.keywords
        if word.arg == "stage" and isinstance(word.value, ast.Constant)
    }
    for texts in (STAGES.values(), PRESETS, (*REGIONS, OTHER), endings, devices, stages):
        assert sorted(set(texts) - set(TEXTS)) == []


def test_no_text_is_put_together_where_it_can_not_be_translated() -> None:
    wrong = [
        f"{path.relative_to(ADDON)}:{node.lineno}"
        for path, tree in _trees(ADDON)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and _name(node) in SPEAKERS | {"poll_message_set"}
        for argument in node.args
        if isinstance(argument, ast.JoinedStr)
    ]
    assert wrong == []


def test_nothing_is_translated_that_is_not_in_the_source() -> None:
    known = {
        node.value
        for folder in (ADDON, WORKER)
        for _, tree in _trees(folder)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    known |= {re.sub(r"\s*\n\s*", " ", text) for text in known}
    assert sorted(set(TEXTS) - known) == []


@pytest.mark.parametrize("english", TEXTS)
def test_korean_is_korean_and_has_the_same_end_and_fields(english: str) -> None:
    korean = TEXTS[english]
    assert any("가" <= letter <= "힣" for letter in korean)
    assert english.endswith(".") == korean.endswith(".")
    assert english[0].isdigit() is False or korean[0] == english[0]
    assert _fields(korean) == _fields(english)


def test_blender_gets_both_contexts() -> None:
    texts = translations()["ko_KR"]
    assert texts["Operator", "Stylize"] == texts["*", "Stylize"] == TEXTS["Stylize"]


def test_a_phrase_survives_a_text_property_with_phrases_in_it() -> None:
    inner = Phrase("{count} keys", count=3)
    phrase = Phrase("“{name}” has {what} and {height:.1f} mm.", name="a {b} \x1f", what=inner, height=2.34)
    kept = unpacked(packed(phrase))
    assert isinstance(kept, Phrase)
    assert (kept.template, kept.fields["height"]) == (phrase.template, 2.34)
    assert isinstance(kept.fields["what"], Phrase)
    assert kept.fields["what"].fields == {"count": 3}
    assert unpacked(packed("plain")) == "plain"
