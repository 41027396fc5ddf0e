# SPDX-License-Identifier: GPL-3.0-or-later
"""Learning with everything a person wants around it: progress, Ctrl-C, resuming, and a file at the end."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import Cancelled
from .cancelling import polite_stop
from .output import Output
from .progress import Report
from .rig_files import with_thumbnail

if TYPE_CHECKING:
    from ..learning.fine_tuning.settings import StyleSettings
    from ..learning.perception.encoder import ImageEncoder
    from ..learning.progress import Progress
    from ..morphable_model import MorphableModel
    from ..pairs.pair import Pair
    from ..style.style import Style


def load_encoder(output: Output, name: str = "offline", device_name: str = "auto", **options: Any) -> "ImageEncoder":
    """Load the encoder that the options of the panel “Image losses” ask for, see `learning.perception.encoder.load_encoder`.

    Raises
    ------
    UserError
        When the weights or the device are not there.
    """
    from ..devices import choose_device
    from ..learning.perception.encoder import load_encoder as load
    from ..learning.progress import Progress

    device = choose_device(device_name)
    with output.progress() as report:

        def arrived(done: int, total: int) -> None:
            report(Progress("download", done, total))

        return load(name, device=device, progress=arrived, **options)


def checkpoint_of(path: Path, *, resume: bool = True) -> Path:
    """Where the state of a training is kept until its result is there; what lies there is removed to start anew."""
    checkpoint = path.with_name(f"{path.name}.checkpoint")
    if not resume:
        checkpoint.unlink(missing_ok=True)
    return checkpoint


@contextmanager
def training(
    checkpoint: Path, output: Output, minutes: float | None = None
) -> Iterator[tuple[Callable[[], str], Report]]:
    """Yield what a training polls, see `polite_stop`, and a report of progress that tells notes as well.

    Raises
    ------
    Cancelled
        After Ctrl-C inside the block, with a sentence that says how to go on.
    """
    try:
        with polite_stop(minutes) as stopped, output.progress() as show:

            def report(event: "Progress") -> None:
                if event.note:
                    output.note(event.note)
                show(event)

            yield stopped, report
    except (KeyboardInterrupt, Cancelled):
        left = "Too little was learned to be kept; the same command starts anew."
        if checkpoint.exists():
            left = f"What was learned is kept in “{checkpoint.name}”: the same command goes on from there."
        raise Cancelled(left) from None


def learn(
    pair: "Pair",
    model: "MorphableModel",
    settings: "StyleSettings",
    encoder: "ImageEncoder",
    path: Path,
    output: Output,
    *,
    renderer: str = "numba",
    minutes: float | None = None,
    resume: bool = True,
    **more: Any,
) -> "Style":
    """Learn a style from ``pair`` and write it to ``path``; until then a checkpoint lies beside that.

    Parameters
    ----------
    more
        Further fields of the `Style`, such as its name.

    Raises
    ------
    Cancelled
        After Ctrl-C, with a sentence that says how to go on.
    UserError
        When the renderer is not installed, or the style can't be written.
    """
    from ..learning.rendering.renderer import get_renderer
    from ..pipeline.stylize import StylizeRun
    from ..style.style_file import save_style

    tool, checkpoint = get_renderer(renderer), checkpoint_of(path, resume=resume)
    settings = replace(settings, encoder=encoder.name)
    with training(checkpoint, output, minutes) as (stopped, report):
        run = StylizeRun(pair, settings, encoder, tool, checkpoint, stopped, model)
        for event in run.run():
            report(event)
    style = replace(with_thumbnail(run.style, model), **more)
    save_style(style, path)
    checkpoint.unlink(missing_ok=True)
    return style
