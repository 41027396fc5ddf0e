# SPDX-License-Identifier: GPL-3.0-or-later
"""Sentences with names and numbers in them that can still be translated when they are shown."""

import json
from typing import Any, Self

_MARK = "\x1f"
"""Between a sentence and its fields where both are kept in one text property."""


class Phrase(str):
    """An English sentence that remembers the ``{fields}`` it was filled with."""

    __slots__ = ("fields", "template")
    template: str
    fields: dict[str, Any]

    def __new__(cls, template: str, **fields: Any) -> Self:
        phrase = super().__new__(cls, template.format(**fields))
        phrase.template, phrase.fields = template, fields
        return phrase


def packed(text: str) -> str:
    """``text`` for a text property; `translated` takes it apart again."""
    if not isinstance(text, Phrase):
        return text
    fields = {name: packed(value) if isinstance(value, str) else value for name, value in text.fields.items()}
    return text.template + _MARK + json.dumps(fields)


def unpacked(text: str) -> str:
    """The plain text or `Phrase` that `packed` was given."""
    if isinstance(text, Phrase):
        return text
    # The outermost mark comes first: a template holds none, and JSON escapes those of nested phrases.
    template, mark, rest = text.partition(_MARK)
    try:
        fields = json.loads(rest) if mark else None
    except ValueError:  # a name that holds the mark by itself
        fields = None
    if fields is None:
        return text
    inner = {name: unpacked(value) if isinstance(value, str) else value for name, value in fields.items()}
    return Phrase(template, **inner)


def translated(text: str) -> str:
    """``text`` in Blender's language, its fields filled in."""
    from bpy.app.translations import pgettext_iface

    text = unpacked(text)
    if not isinstance(text, Phrase):
        return pgettext_iface(text)
    fields = {name: translated(value) if isinstance(value, Phrase) else value for name, value in text.fields.items()}
    return pgettext_iface(text.template).format(**fields)


class UserError(Exception):
    """What can't be done, in the artist's words: a sentence, its ``{fields}`` filled in, and what to do about it."""

    def __init__(self, sentence: str, remedy: str = "", **fields: Any) -> None:
        super().__init__(Phrase(sentence, **fields) if fields else sentence)
        self.remedy = remedy


def said(error: Exception) -> str:
    """What an exception says; of one of ours, unlike ``str(error)``, still a `Phrase`."""
    return error.args[0] if isinstance(error, UserError) else str(error)


def tell(operator: Any, level: str, *texts: str) -> None:
    """Report sentences in Blender's language."""
    operator.report({level}, " ".join(translated(text) for text in texts if text))
