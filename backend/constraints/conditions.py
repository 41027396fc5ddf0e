# SPDX-License-Identifier: GPL-3.0-or-later
"""The forces with which equations and one-sided conditions hold on something that gives way linearly."""

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, get_lapack_funcs

from ..kernels import kernel
from .rows import ContactRows

Array = NDArray[np.float64]
Places = NDArray[np.int64]

_ROUNDS = 12
_BROKEN = 1e-6  # m
(_posv,) = get_lapack_funcs(("posv",), dtype=np.float64)


def condition_forces(rows: ContactRows, compliance: Array, places: Places) -> Array:
    """(K,) forces f along the conditions' directions with (A + s) f = b; for one-sided ones f ≥ 0, A f ≥ b.

    A is what the conditions answer to one another's forces, s their softness in units of
    the mean answer of freely moving skin, b what they want. One-sided conditions hold by an active set: those that would have to
    pull are dropped, those that are broken are taken in again. Only A's active part is ever formed:
    most conditions are never active.

    Parameters
    ----------
    rows
        K conditions, their coefficients times how freely each vertex moves.
    compliance
        (H, H) symmetric; displacement of one handle by a unit force on another, the same along x, y and z.
    places
        (K, J) which handle each coefficient is about; any where the coefficient is zero.

    Raises
    ------
    LinAlgError
        When two equations contradict each other and neither is soft.
    """
    of_rows = rows.coefficients, rows.directions
    forces = np.zeros(len(rows))
    # Of free skin: a condition on skin that hardly moves would else pull all that lies around it along.
    softness = rows.softness * compliance.diagonal().mean() + 1e-12
    active = ~rows.one_sided | (rows.wanted > 0)
    for _ in range(_ROUNDS):
        chosen = np.flatnonzero(active)
        forces[:] = 0.0
        if len(chosen):
            system = _system(compliance, places, *of_rows, chosen, softness)
            # The upper triangle of a matrix in rows is the lower one of LAPACK's, which is in columns.
            _, forces[chosen], failed = _posv(system.T, rows.wanted[chosen], lower=1, overwrite_a=1)
            if failed:
                raise LinAlgError("conditions contradict each other")
        pulling = active & rows.one_sided & (forces < 0)
        answers = _answers(compliance, places, *of_rows, forces)
        broken = ~active & (rows.wanted - answers > _BROKEN)
        if not pulling.any() and not broken.any():
            break
        active = (active & ~pulling) | broken
    return np.where(rows.one_sided, np.maximum(forces, 0.0), forces)


@kernel
def _coupling(compliance: Array, places: Places, coefficients: Array, one: int, two: int) -> float:
    """What one condition's vertices move by when a unit force acts on the other's, directions aside."""
    total = 0.0
    for i in range(places.shape[1]):
        if coefficients[one, i] != 0.0:
            part = 0.0
            for j in range(places.shape[1]):
                if coefficients[two, j] != 0.0:
                    part += coefficients[two, j] * compliance[places[one, i], places[two, j]]
            total += coefficients[one, i] * part
    return total


@kernel
def _system(
    compliance: Array,
    places: Places,
    coefficients: Array,
    directions: Array,
    chosen: NDArray[np.int64],
    softness: Array,
) -> Array:
    """(C, C) upper triangle of A + s for the chosen conditions."""
    system = np.zeros((len(chosen), len(chosen)))
    for row in range(len(chosen)):
        one = chosen[row]
        x, y, z = directions[one]
        for column in range(row, len(chosen)):
            two = chosen[column]
            along = x * directions[two, 0] + y * directions[two, 1] + z * directions[two, 2]
            system[row, column] = along * _coupling(compliance, places, coefficients, one, two)
        system[row, row] += softness[one]
    return system


@kernel
def _answers(compliance: Array, places: Places, coefficients: Array, directions: Array, forces: Array) -> Array:
    """(K,) A f, by way of the handles' displacements."""
    handles, width = len(compliance), places.shape[1]
    pushes, moved = np.zeros((handles, 3)), np.zeros((handles, 3))
    for row in range(len(forces)):
        if forces[row] != 0.0:
            for i in range(width):
                for axis in range(3):
                    pushes[places[row, i], axis] += coefficients[row, i] * forces[row] * directions[row, axis]
    for handle in range(handles):
        x, y, z = pushes[handle]
        if x != 0.0 or y != 0.0 or z != 0.0:
            for other in range(handles):
                share = compliance[handle, other]
                moved[other, 0] += share * x
                moved[other, 1] += share * y
                moved[other, 2] += share * z
    answers = np.zeros(len(forces))
    for row in range(len(forces)):
        for i in range(width):
            for axis in range(3):
                answers[row] += coefficients[row, i] * moved[places[row, i], axis] * directions[row, axis]
    return answers
