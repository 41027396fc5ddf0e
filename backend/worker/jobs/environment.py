# SPDX-License-Identifier: GPL-3.0-or-later
"""The backend's own environment: built, and examined."""

from pathlib import Path

from backend.protocol import DoctorSettings, EnvironmentSettings, Event, remove_link
from backend.worker.context import JobContext

from . import Outcome


def build(settings: EnvironmentSettings, context: JobContext) -> Outcome:
    """Build the Python environment; ``python`` in ``meta`` is the interpreter to use from now on."""
    from backend.installer import Environment, Progress

    lock = Path(__file__).parents[2] / "requirements.lock"
    target = Environment(Path(settings.folder), (lock,))
    wheels = Path(settings.wheels) if settings.wheels else None

    def report(progress: Progress) -> None:
        size = f"  {progress.megabytes:.0f} MB" if progress.megabytes >= 1 else ""
        context.report(Event(stage=progress.step + size, step=progress.done, steps=progress.total))

    for name in ("install.log", "batch.txt", "tmp"):  # what the set-up writes there
        remove_link(context.path / name)
    target.install(context.path / "install.log", report, wheels)
    return {}, {"python": str(target.python)}


def examine(_settings: DoctorSettings, _context: JobContext) -> Outcome:
    """What is wrong with this environment: ``findings`` in ``meta``; and which head ``models`` are installed in it."""
    from backend.doctor import run_doctor

    return {}, {"findings": [finding.to_json() for finding in run_doctor()], "models": _models()}


def _models() -> list[dict[str, str]]:
    """Name, title and topology of each installed model; the default one is not among them."""
    try:
        from backend.morphable_model.library import installed_models

        return [
            {
                "name": model.name,
                "title": str(model.about.get("title", model.name)),
                "topology": str(model.about.get("topology_hash", "")),
            }
            for model in installed_models()
        ]
    except ImportError:  # so incomplete an environment has findings to tell
        return []
