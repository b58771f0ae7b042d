"""micro-macro fetch: the files of a registered source, from where they were published or from a
folder one has.

Two things are kept apart. *Originals* lie at a pinned commit of a public repository
(data/upstream.toml); they hold names and free text. *Registered files* (data/sources.toml) are
minimised copies of them, from which the cells are made. A download brings originals; cells can be
rebuilt from registered files only, and no command here pretends that one is the other.
"""

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field

from analysis import paths
from analysis.registers.lookup import lookup, read_register, sources
from analysis.registers.records import Source

HOST = "https://raw.githubusercontent.com"
PATIENCE = 20
"""Seconds without a byte after which a connection counts as lost."""
TRIES = 4
PIECE = 1 << 16


class FetchError(RuntimeError):
    """A file could not be had, or is another one than was pinned."""


class Original(BaseModel):
    """A file as it was published, or how a registered file was derived from others."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str = Field(pattern=r"^[\w][\w. -]*$")
    path: str = ""
    sha256: str = Field("", pattern=r"^([0-9a-f]{64})?$")
    derived: str = ""


class Upstream(BaseModel):
    """Where the originals of a source lie."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    key: str
    repository: str
    commit: str = Field(pattern=r"^[0-9a-f]{40}$")
    files: tuple[Original, ...]


@dataclass(frozen=True)
class Fetched:
    """What is there now: files with their kind (``original`` or ``registered``), and what could not
    be had, in sentences.
    """

    files: tuple[tuple[Path, str], ...]
    lacking: tuple[str, ...]


def upstream(key: str) -> Upstream:
    """Where the originals of a source lie."""
    return lookup("source", key, read_register(paths.DATA / "upstream.toml", Upstream))


def terms(source: Source) -> str:
    """What has to be known before a source is fetched."""
    return f"{source.title}\nTo cite: {source.cite}\nLicence: {source.licence}"


def fetch(key: str, raw: Path | None = None, host: str = HOST, progress: bool = True) -> Fetched:
    """Download the originals of a source, each checked against its pinned hash.

    Parameters
    ----------
    key : str
        A key of data/sources.toml.
    raw : Path, optional
        Where they go, into the source's folder; paths.RAW if not given.
    host : str
        What stands before repository, commit and path in an address.
    progress : bool
        Show how far each download is.

    Raises
    ------
    FetchError
        If a file could not be had after several tries, or is another one than was pinned. What has
        been downloaded of a broken file is kept, and the next call goes on from there.
    """
    place, wanted = upstream(key), lookup("source", key, sources())
    folder = (raw or paths.RAW) / wanted.folder / "original"
    base = f"{host}/{place.repository}/{place.commit}"
    files = [
        (_download(base, file, folder, progress), "original") for file in place.files if file.path
    ]
    lacking = [
        f"{file.name} is no file of the repository: {file.derived}."
        for file in place.files
        if not file.path
    ]
    return Fetched(tuple(files), tuple(lacking))


def take(key: str, folder: Path, raw: Path | None = None) -> Fetched:
    """Take the files of a source from a folder; each is recognised by its hash, as an original or
    as a registered file.

    Raises
    ------
    FetchError
        If a file is missing, or is neither.
    """
    source = lookup("source", key, sources())
    originals = {file.name: file.sha256 for file in upstream(key).files}
    found, faults = [], []
    for file in source.files:
        path = folder / file.name
        if not path.is_file():
            faults.append(f"{path}: there is no such file.")
            continue
        with path.open("rb") as opened:
            sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
        kind = {file.sha256: "registered", originals.get(file.name): "original"}.get(sha256)
        if kind:
            found.append((path, kind))
        else:
            published = originals.get(file.name) or "none"
            faults.append(
                f"{path}: its sha256 is {sha256}; {file.sha256} is registered, and {published} was published."
            )
    if faults:
        raise FetchError("\n".join(faults))
    target = (raw or paths.RAW) / source.folder
    kept = []
    for path, kind in found:
        place = target / ("original" if kind == "original" else "") / path.name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)
        kept.append((place, kind))
    return Fetched(tuple(kept), ())


def _download(base: str, file: Original, folder: Path, progress: bool) -> Path:
    """Download one file, by pooch: into a temporary place, checked, then moved."""
    import pooch
    import requests

    folder.mkdir(parents=True, exist_ok=True)
    pooch.get_logger().setLevel("ERROR")  # what it has to say is said below
    address, part = f"{base}/{quote(file.path)}", folder / f"{file.name}.part"
    try:
        keeper = pooch.create(
            folder,
            base_url="",
            registry={file.name: file.sha256},
            urls={file.name: address},
            retry_if_failed=0,
        )
        found = Path(keeper.fetch(file.name, downloader=_Resuming(part, progress)))
    except ValueError:  # pooch's word for another hash
        if part.exists():
            part.replace(folder / f"{file.name}.bad")
        told = f"{address} is not the file that was pinned: its sha256 is not {file.sha256}."
        raise FetchError(f"{told} It is kept as {file.name}.bad.") from None
    except requests.RequestException as error:
        kept = (
            f" {part.stat().st_size:,} bytes are kept; the same command goes on from there."
            if part.exists()
            else ""
        )
        raise FetchError(
            f"{address} could not be had after {TRIES} tries: {_reason(error)}.{kept}"
        ) from None
    part.unlink(missing_ok=True)
    return found


def _reason(error: Exception) -> str:
    response = getattr(error, "response", None)
    return (
        f"the server answers {response.status_code}"
        if response is not None
        else type(error).__name__
    )


class _Resuming:
    """A downloader for pooch that goes on where a broken download ended."""

    def __init__(self, part: Path, progress: bool):
        self.part, self.progress = part, progress

    def __call__(self, url: str, output_file, _pooch) -> None:
        import time

        import requests

        for left in reversed(range(TRIES)):
            try:
                self._go_on(url)
                break
            except requests.RequestException as error:
                response = getattr(error, "response", None)
                if not left or (
                    response is not None and response.status_code in (401, 403, 404, 410)
                ):
                    raise
                time.sleep(0.2 * (TRIES - left))
        shutil.copyfile(
            self.part, output_file
        )  # pooch compares the copy; the part stays until that is done

    def _go_on(self, url: str) -> None:
        import requests
        from tqdm import tqdm

        have = self.part.stat().st_size if self.part.exists() else 0
        asked = (
            {"Range": f"bytes={have}-", "Accept-Encoding": "identity"}
            if have
            else {"Accept-Encoding": "identity"}
        )
        with requests.get(url, headers=asked, stream=True, timeout=PATIENCE) as answer:
            if answer.status_code == 416:  # nothing is left to ask for
                return
            answer.raise_for_status()
            resumed = answer.status_code == 206
            expected = int(answer.headers.get("Content-Length", 0)) + have * resumed
            with (
                self.part.open("ab" if resumed else "wb") as out,
                tqdm(
                    total=expected or None,
                    initial=have * resumed,
                    unit="B",
                    unit_scale=True,
                    desc=self.part.stem,
                    disable=not self.progress,
                ) as bar,
            ):
                for piece in answer.iter_content(PIECE):
                    out.write(piece)
                    bar.update(len(piece))
        if expected and self.part.stat().st_size < expected:
            raise requests.ConnectionError("the connection ended early")
