# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of jobs, and what each needs beside arrays."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a job does."""

    STYLIZE = "stylize"
    PREVIEW = "preview"
    APPLY = "apply"
    IDENTITIES = "identities"
    BLEND = "blend"
    BIND = "bind"
    RIG = "rig"
    DOCTOR = "doctor"
    ENVIRONMENT = "environment"


@dataclass(frozen=True)
class Settings:
    """What a job needs beside arrays; one subclass for each kind, named after it."""

    @property
    def kind(self) -> Kind:
        """The kind of job that needs these."""
        return Kind(type(self).__name__.removesuffix("Settings").lower())


@dataclass(frozen=True)
class StylizeSettings(Settings):
    """Fine-tune on the pair in ``request.npz`` (``neutral``, ``styled`` (N, 3), ``faces`` (Q, 4)), the encoder on ``device``."""

    name: str = "style"
    preset: str = "standard"
    seed: int = 1
    encoder: str = "offline"
    device: str = "auto"
    style_path: str = ""
    """Where the ``.style`` file goes; empty: into the job folder."""
    binding_path: str = ""
    """The neutral mesh's binding, when it has another topology and was bound before; empty: bind it now."""


@dataclass(frozen=True)
class PreviewSettings(Settings):
    """The instant rig of the pair in ``request.npz``, by deformation transfer alone."""

    name: str = "preview"
    binding_path: str = ""


@dataclass(frozen=True)
class ApplySettings(Settings):
    """A finished style on ``faces``: ``own`` (the pair's), ``random:SEED``, or ``head``, as ``head_N`` with ``faces_N``."""

    style_path: str = ""
    faces: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    bindings: tuple[str, ...] = ()
    """For each face the file of its binding, or nothing; of ``own`` that of the sculpt."""


@dataclass(frozen=True)
class IdentitiesSettings(Settings):
    """Neutral heads of an installed ``model`` (empty: the default one): ``count`` random ones, or the mean head when 0."""

    model: str = ""
    count: int = 0
    seed: int = 0
    components: int = 0
    """How many identity components come along as offsets, for sliders."""


@dataclass(frozen=True)
class BlendSettings(Settings):
    """A style between two, ``amount`` from 0 to 1; without ``style_path`` the rigs of both come back instead."""

    first_path: str = ""
    second_path: str = ""
    amount: float = 0.5
    name: str = ""
    style_path: str = ""


@dataclass(frozen=True)
class BindSettings(Settings):
    """Bind the mesh ``vertices`` (N, 3) with ``faces`` (Q, 4) in ``request.npz`` to the base head, and keep that as a file.

    ``landmarks`` names the points (L, 3) of the same name in ``request.npz`` that the artist has placed.
    """

    name: str = "mesh"
    binding_path: str = ""
    landmarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class RigSettings(Settings):
    """All expressions on the neutral head ``vertices`` (N, 3) with ``faces`` (Q, 4) in ``request.npz``, without a pair."""

    name: str = "head"
    binding_path: str = ""
    """Where its binding is, or shall be kept, when it has a topology of its own."""
    fill_inner: bool = False
    """Whether inner parts that it lacks are put in, behind its own vertices."""


@dataclass(frozen=True)
class DoctorSettings(Settings):
    """What is wrong with the backend's environment, as findings with remedies."""


@dataclass(frozen=True)
class EnvironmentSettings(Settings):
    """The backend's Python environment in ``folder``, from a folder of ``wheels`` when one is given."""

    folder: str = ""
    wheels: str = ""


SETTINGS: dict[Kind, type[Settings]] = {form().kind: form for form in Settings.__subclasses__()}
