# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding published open_clip weights in the cache, and fetching them when the user consents."""

import io
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import huggingface_hub
import open_clip
from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError
from tqdm.std import tqdm

from ...errors import Cancelled, UserError
from .weights import sha256_of

# open_clip's names for a repository that lists no file; safetensors first, pickles only when there is nothing else.
_USUAL_FILES = ("open_clip_model.safetensors", "open_clip_pytorch_model.bin")
_SHA256_DIGITS = 64


def find_clip_weights(model: str, tag: str, cache_dir: Path | None = None) -> Path | None:
    """The cached weights of an open_clip model, or ``None``. Never touches the network.

    Raises
    ------
    UserError
        When the cached file's content is not what its recorded hash says.
    """
    repository, files = _published_files(model, tag)
    for file in files:
        found = huggingface_hub.try_to_load_from_cache(repository, file, cache_dir=cache_dir)
        if isinstance(found, str):
            path = Path(found)
            _check_hash(path)
            return path
    return None


def download_clip_weights(
    model: str,
    tag: str,
    cache_dir: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
    endpoint: str | None = None,
) -> Path:
    """Fetch the published weights of an open_clip model into the cache; resumes a broken download.

    Parameters
    ----------
    progress
        Called with (bytes so far, bytes in all); what it raises stops the download.
    endpoint
        Another server with the Hugging Face interface, such as a studio's mirror.

    Raises
    ------
    UserError
        When there is no connection, no space, or what arrived is not what the server announced.
    """
    repository, files = _published_files(model, tag)
    bar = _silent_bar(progress)
    for file in files:
        try:
            # Asked first without retries, so that a machine without a connection learns it at once.
            url = huggingface_hub.hf_hub_url(repository, file, endpoint=endpoint)
            huggingface_hub.get_hf_file_metadata(url, token=False, endpoint=endpoint)
            path = huggingface_hub.hf_hub_download(
                repository, file, cache_dir=cache_dir, endpoint=endpoint, token=False, tqdm_class=bar
            )
        except LocalEntryNotFoundError as error:
            raise _unreachable(model, tag) from error
        except EntryNotFoundError:
            continue
        except (UserError, Cancelled):
            raise
        except Exception as error:  # each HTTP library has its own family of errors
            raise _unreachable(model, tag, error) from error
        _check_hash(Path(path))
        return Path(path)
    raise UserError(
        f"The published weights of {model} ({tag}) are no longer where open_clip expects them.",
        "Choose another tag, or give a weights file.",
        code="weights_missing",
    )


def _published_files(model: str, tag: str) -> tuple[str, tuple[str, ...]]:
    """Repository and candidate files; open_clip writes them as "owner/name/" or "owner/name/file"."""
    published = open_clip.get_pretrained_cfg(model, tag).get("hf_hub", "")
    repository, _, file = published.rpartition("/")
    if not repository:
        raise UserError(
            f"open_clip knows no place to get the weights of {model} ({tag}) from.",
            "Give a weights file, or choose another tag.",
            code="weights_missing",
        )
    if not file:
        return repository, _USUAL_FILES
    return repository, (str(Path(file).with_suffix(".safetensors")), file)


def _check_hash(path: Path) -> None:
    # The cache names large files after their SHA-256 and links to them; without links (Windows) there is none.
    blob = path.resolve()
    if len(blob.name) == _SHA256_DIGITS and sha256_of(blob) != blob.name:
        path.unlink(missing_ok=True)
        blob.unlink(missing_ok=True)
        raise UserError(
            f"The downloaded weights file “{path.name}” is damaged and has been deleted.",
            "Download it again.",
            code="weights_damaged",
        )


def _silent_bar(progress: Callable[[int, int], None] | None) -> type[Any]:
    """A progress bar class that reports to ``progress`` and writes nowhere."""

    class SilentBar(tqdm):  # pyright: ignore[reportMissingTypeArgument]  -- generic in its stubs only
        def __init__(self, *arguments: Any, **options: Any) -> None:
            options.pop("name", None)
            super().__init__(*arguments, **(options | {"file": io.StringIO(), "disable": False}))

        def display(self, msg: str | None = None, pos: int | None = None) -> None:
            pass

        def update(self, n: float | None = 1) -> bool | None:
            shown = super().update(n)
            if progress is not None and self.total:
                progress(int(self.n), int(self.total))
            return shown

    return SilentBar


def _unreachable(model: str, tag: str, error: Exception | None = None) -> UserError:
    logging.getLogger(__name__).info("download of %s %s failed", model, tag, exc_info=error)
    detail = f" ({error})" if isinstance(error, OSError) and error.strerror else ""
    return UserError(
        f"The weights of {model} ({tag}) could not be downloaded{detail}.",
        "Check the connection and the free disk space and try again (it goes on where it stopped), give a weights file, or use the offline encoder.",
        code="offline",
    )
