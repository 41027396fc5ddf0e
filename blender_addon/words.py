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
    fields = {
        name: translated(value) if isinstance(value, Phrase) else value for name, value in text.fields.items()
    }
    return pgettext_iface(text.template).format(**fields)


def said(error: Exception) -> str:
    """What an exception of ours says; unlike ``str(error)`` still a `Phrase`."""
    return error.args[0] if error.args and isinstance(error.args[0], str) else str(error)


def tell(operator: Any, level: str, *texts: str) -> None:
    """Report sentences in Blender's language."""
    operator.report({level}, " ".join(translated(text) for text in texts))


def refuse(operator_class: Any, reason: str) -> bool:
    """For ``poll``: grey the operator with ``reason`` as its tooltip; True when there is none."""
    if reason:
        operator_class.poll_message_set(translated(reason))
    return not reason
