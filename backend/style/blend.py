# SPDX-License-Identifier: GPL-3.0-or-later
"""The learned part of a style between two: both networks are copies of one field, so their weights mix."""

from typing import TYPE_CHECKING

from ..errors import UserError
from ..morphable_model import model_for
from .style import Style

if TYPE_CHECKING:
    from ..learning.field.field import AffineModeNetwork


def blend_networks(first: Style, second: Style, amount: float) -> "tuple[AffineModeNetwork | None, str]":
    """N_T between two styles, (1 − amount) N_first + amount N_second, and the fingerprint of their D_S.

    A preview has no network; beside a learned style the untuned field
    stands for it, because that is what it leaves unchanged. Two previews give (None, "").

    Raises
    ------
    UserError
        When the styles belong to different head models, fields or ways of learning.
    """
    if first.topology_hash != second.topology_hash:
        raise UserError(
            f"“{first.name}” and “{second.name}” belong to different head models.",
            "Choose two styles of the same head model.",
            code="model",
        )
    learned = [style for style in (first, second) if style.network is not None]
    if not learned:
        return None, ""
    if len({style.source_fingerprint for style in learned}) > 1:
        raise UserError(
            f"“{first.name}” and “{second.name}” were learned with different versions of Onesculpt.",
            "Stylize the older pair again, then blend.",
            code="model",
        )
    if len({str(style.settings.get("anchor")) for style in learned}) > 1:
        raise UserError(
            f"“{first.name}” and “{second.name}” were learned in different ways.",
            "Stylize both pairs with the same “anchor” setting, then blend.",
            code="model",
        )
    from ..learning.field.field import mixed_network

    ends = [_network(style, learned[0].source_fingerprint) for style in (first, second)]
    return mixed_network(*ends, amount), learned[0].source_fingerprint


def _network(style: Style, wanted: str) -> "AffineModeNetwork":
    """The style's network, or D_S itself for a preview."""
    if style.network is not None:
        return style.network
    from ..learning.field.source_file import fingerprint, source_field_of

    source = source_field_of(model_for(style.topology_hash, style.model_hash, style.model_name))
    if fingerprint(source) != wanted:
        raise UserError(
            "The learned style belongs to another version of the deformation field.",
            "Stylize its pair again, then blend.",
            code="model",
        )
    return source.network
