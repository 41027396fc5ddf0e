# SPDX-License-Identifier: GPL-3.0-or-later
"""Several faces in one call: all files are looked at first, and what fails is told face by face."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import Cancelled, UserError
from .boundary import explain
from .output import Output, described
from .rig_files import placed

if TYPE_CHECKING:
    from ..morphable_model import MorphableModel
    from ..pipeline.place import Place, Placing
    from ..pipeline.styled_face import StyledFace
    from ..pipeline.styler import Styler
    from ..registration.known import Known

AGAIN = "Mend these files or leave them out"


@dataclass
class Member:
    """One face of a cast.

    Attributes
    ----------
    number, title
        Its place from 1 on, and what it is called in an error.
    outputs
        Files of its own.
    make
        Puts the style on it.
    placing
        How its rig gets to its place; None where it has the model's.
    about
        What machines are told of it.
    error
        Why it can't be had; None as long as all goes well.
    """

    number: int
    title: str
    outputs: list[Path]
    make: "Callable[[Styler], StyledFace] | None" = None
    placing: "Placing | None" = None
    about: dict[str, Any] = field(default_factory=dict)
    error: UserError | None = None

    def to_json(self) -> dict[str, Any]:
        """The entry in ``faces`` of the JSON result."""
        if self.error is None:
            ending = {"status": "done", "outputs": [str(path) for path in self.outputs]}
        else:
            ending = {"status": "failed", "outputs": [], "error": described(self.error)}
        return {"number": self.number, **self.about, **ending}


class Cast:
    """All faces of one call, and what becomes of those that fail.

    Parameters
    ----------
    members
        The faces.
    keep_going
        Whether the others are made although some fail.
    """

    def __init__(self, members: Sequence[Member], output: Output, *, keep_going: bool) -> None:
        self.members, self._output, self._keep_going = members, output, keep_going

    @property
    def broken(self) -> list[Member]:
        """Those that failed."""
        return [member for member in self.members if member.error]

    def attempt(self, work: Callable[[Member], None], member: Member) -> None:
        """Do ``work`` for one face unless it has failed before; an error is told, and kept with the face."""
        if member.error:
            return
        try:
            work(member)
        except (Cancelled, BrokenPipeError):
            raise
        except Exception as error:
            if not (self._keep_going or isinstance(error, UserError)):
                raise
            member.error = explain(error)[0]
            if len(self.members) > 1:
                self._output.problem(member.error, member.title)

    def check(self) -> None:
        """Go on if faces are left, and if all are or that is wanted.

        Raises
        ------
        UserError
            With the names of all that failed; the error itself where there is only one face.
        """
        broken = self.broken
        if not broken or (self._keep_going and len(broken) < len(self.members)):
            return
        if len(self.members) == 1 and broken[0].error:
            raise broken[0].error
        names = ", ".join(f"“{member.title}”" for member in broken)
        others = "" if self._keep_going else ", or make the other faces with --keep-going"
        raise UserError(
            f"{len(broken)} of {len(self.members)} faces can't be made: {names}.", f"{AGAIN}{others}.", code="faces"
        )

    def read(self, paths: Sequence[Path], model: "MorphableModel", known: "Known", place: "Place") -> None:
        """Read the members' files: first every file is checked, then heads of another topology are bound.

        ``known`` says what is known of how they lie on the model, ``place`` where their rigs shall stand.

        Raises
        ------
        UserError
            After each of the two, see `check`.
        """
        from ..pipeline.any_topology import opened_face
        from ..pipeline.place import find_placing
        from ..pipeline.styled_face import styled_face

        opened = {}

        def open_file(member: Member) -> None:
            opened[member.number] = opened_face(paths[member.number - 1], model, known)

        def bind(member: Member) -> None:
            face = opened[member.number]()
            self._output.notes(face.identity.conversions)
            member.placing = find_placing(place, face.identity.to_model, paths[member.number - 1])
            member.about["identity"] = face.identity.name
            member.about["place"] = placed(member.placing)
            if face.binding is not None:
                member.about["binding"] = face.binding.residual
            member.make = partial(styled_face, model=model, face=face)

        for work in (open_file, bind):
            for member in self.members:
                self.attempt(work, member)
            self.check()
