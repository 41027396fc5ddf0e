# SPDX-License-Identifier: GPL-3.0-or-later
"""A result that comes into the scene in slices is never half there."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Drive = Callable[..., dict[str, Any]]


@pytest.mark.parametrize("blender", ["5.2"], indirect=True)
def test_undo_saving_and_another_file_between_two_ticks(blender: Drive, head_rig: Path) -> None:
    facts = blender("taking", rig=head_rig)
    assert facts["ticks"] > 60  # each array, each key and the face have one of their own
    assert facts["busy"]
    assert set(facts["whole"]) == {53}
    assert facts["after_undo"] == ["Ada", "Bo", "Cy"]
    assert facts["pushed"] == [["Ada", "Bo", "Cy"]]
    assert facts["saved"] == ["Ada", "Bo"]
    assert facts["meshes"] == 2
    assert facts["asked"] == ["Ada", "Bo", "Cy"]
    assert facts["room"] > 0.3
    assert "could not be brought into the scene" in facts["failure"]
    assert facts["free"] == ""
