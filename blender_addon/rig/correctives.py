# SPDX-License-Identifier: GPL-3.0-or-later
"""Drivers of the corrective keys: each one's value is a formula of the sliders it corrects."""

from collections.abc import Sequence

import bpy

from .data import Corrective


def expression(corrective: Corrective) -> str:
    """The driver's formula in variables ``a``, ``b``…; Blender computes it without its Python.

    Sliders pulled below 0 count as 0, or two of them would make a positive product.
    """
    terms = [f"max({chr(ord('a') + number)}, 0)" for number in range(len(corrective.inputs))]
    return " * ".join(terms) if corrective.formula == "product" else f"min({', '.join(terms)})"


def drive(item: bpy.types.Object, correctives: Sequence[Corrective]) -> None:
    """Give each corrective key its driver; one that has one gets it anew."""
    keys = item.data.shape_keys
    for corrective in correctives:
        key = keys.key_blocks[corrective.name]
        key.slider_max = 4.0  # a driver can't go past the range, and sliders can be pulled past 1
        key.driver_remove("value")
        driver = key.driver_add("value").driver
        driver.type = "SCRIPTED"
        for number, name in enumerate(corrective.inputs):
            follow(driver, keys, name, chr(ord("a") + number))
        driver.expression = expression(corrective)


def follow(driver: bpy.types.Driver, keys: bpy.types.Key, name: str, variable: str) -> None:
    """Add a variable that has a slider's value."""
    made = driver.variables.new()
    made.name = variable
    target = made.targets[0]
    target.id_type, target.id = "KEY", keys
    target.data_path = f'key_blocks["{bpy.utils.escape_identifier(name)}"].value'
