# SPDX-License-Identifier: GPL-3.0-or-later
"""``onesculpt models`` and ``--model``, with a model of another topology that the tests make."""

import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backend.morphable_model.library import ENVIRONMENT

from .conftest import publish, without_lashes


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path / "library"))
    return tmp_path / "library"


def test_from_adding_to_removing(
    library: Path, tmp_path: Path, call: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = without_lashes()
    publish(model, monkeypatch)
    added = call("models", "add", tmp_path / "published.pkl", "--name", "bald", "--json")
    assert added.code == 0, added.err
    assert added.json["vertices"] == len(model.template) and added.json["expressions"] == 52
    assert "Permission is hereby granted" in added.json["licence_text"]
    assert "Permission is hereby granted" in (library / "bald" / "LICENCE.txt").read_text("utf-8")
    listed = call("models", "list", "--json").json["models"]
    assert [(model["name"], model["trained"]) for model in listed] == [("default", True), ("bald", False)]
    head = tmp_path / "head.obj"
    assert call("base", "--model", "bald", "-o", head).code == 0
    assert call("info", head, "--model", "bald", "--json").json["fits the Lashless head"] is True
    assert call("info", head, "--json").json["fits the default head"] is False
    sculpt = tmp_path / "sculpt.obj"
    lines = head.read_text("utf-8").splitlines()
    moved = [f"v {_wider(line)}" if line.startswith("v ") else line for line in lines]
    sculpt.write_text("\n".join(moved) + "\n", "utf-8")
    style = tmp_path / "wide.style"
    made = call("preview", head, sculpt, "--model", "bald", "-o", style, "--json")
    assert made.code == 0 and made.json["model"] == "Lashless head"
    assert call("info", style, "--json").json["head model"] == "Lashless head"
    refused = call("stylize", head, sculpt, "--model", "bald", "-o", tmp_path / "x.style", "--json")
    assert refused.code == 1 and "pretrain --model bald" in refused.json["error"]["remedy"]
    other = tmp_path / "default_head.obj"
    assert call("base", "-o", other).code == 0
    foreign = call("apply", style, "--identity", other, "-o", tmp_path / "rig.npz", "--json")
    assert foreign.code == 1 and foreign.json["error"]["code"] == "count"
    assert "base --model bald" in foreign.json["error"]["remedy"]
    assert call("models", "remove", "bald", "--json").code == 0
    assert not (library / "bald").exists()
    orphan = call("apply", style, "-o", tmp_path / "rig.npz", "--json")
    assert orphan.code == 1 and "Lashless head" in orphan.json["error"]["message"]


def _wider(line: str) -> str:
    x, y, z = (float(number) for number in line.split()[1:4])
    return f"{1.15 * x:.7f} {y:.7f} {z:.7f}"


def test_a_hostile_pickle_is_refused_in_a_sentence(library: Path, tmp_path: Path, call: Callable[..., Any]) -> None:
    class Attack:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.system, (f"touch {tmp_path / 'owned'}",)

    path = tmp_path / "flame2023.pkl"
    path.write_bytes(pickle.dumps({"v_template": np.zeros((5023, 3)), "f": Attack()}, protocol=2))
    told = call("models", "add", path, "--json")
    assert told.code == 1
    assert told.json["error"]["code"] == "unsafe"
    assert "system" in told.json["error"]["message"]
    assert not (tmp_path / "owned").exists()
    assert not library.exists()


@pytest.mark.parametrize("arguments", [("add", "nothing.pkl"), ("remove", "nothing")])
def test_what_is_not_there_is_said(library: Path, call: Callable[..., Any], arguments: tuple[str, str]) -> None:
    told = call("models", *arguments, "--json")
    assert told.code == 1
    assert "nothing" in json.dumps(told.json["error"])
    assert not library.exists()


def test_the_verbs_have_help(call: Callable[..., Any]) -> None:
    for verb in ("add", "list", "remove"):
        told = call("models", verb, "--help")
        assert told.code == 0 and f"onesculpt models {verb}" in told.out
