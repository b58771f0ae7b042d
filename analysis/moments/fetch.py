"""micro-macro fetch: the files of a registered source, from where they were published or from a
folder of the reader's own.

Two kinds of file are kept apart. *Originals* lie at a pinned commit of a public repository
(data/upstream.toml); they hold names and free text. *Registered files* (data/sources.toml) are
minimised copies of them, from which the cells are made. A download gives originals; cells can be
rebuilt from registered files only, and no command takes one for the other.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from pydantic import Field

from analysis import paths
from analysis.intake.file_types import sha256
from analysis.registers.lookup import lookup, read_register, sources
from analysis.registers.records import Record, Source

HOST = "https://raw.githubusercontent.com"
PATIENCE = 20
"""Seconds without a byte after which a connection counts as lost."""
TRIES = 4
PIECE = 1 << 16


YOUNIVERSE = "youniverse"
"""A source that the reader downloads; see `analysis.moments.youniverse`."""


class FetchError(RuntimeError):
    """A file could not be downloaded or read, or is another than the pinned one."""


class Original(Record):
    """A file as it was published, or how a registered file was derived from others."""

    name: str = Field(pattern=r"^[\w][\w. -]*$")
    path: str = ""
    sha256: str = Field("", pattern=r"^([0-9a-f]{64})?$")
    derived: str = ""


class Upstream(Record):
    """Where the originals of a source lie."""

    key: str
    repository: str
    commit: str = Field(pattern=r"^[0-9a-f]{40}$")
    files: tuple[Original, ...]


@dataclass(frozen=True)
class Fetched:
    """What was fetched: files with their kind (``original`` or ``registered``), and a sentence for
    each that is not published.
    """

    files: tuple[tuple[Path, str], ...]
    lacking: tuple[str, ...]


def upstreams() -> dict[str, Upstream]:
    """Where the originals of sources lie, by key; a source may have no table there."""
    return read_register(paths.DATA / "upstream.toml", Upstream)


def terms(source: Source) -> str:
    """What has to be known before a source is fetched."""
    return f"{source.title}\nTo cite: {source.cite}\nLicence: {source.licence}"


def fetch(key: str, raw: Path | None = None, host: str = HOST, progress: bool = True) -> Fetched:
    """Download the originals of a source into its folder of `raw`, each checked against its pinned
    hash.

    What has been downloaded of a broken file is kept, and the next call resumes there. `host` is
    what stands before repository, commit and path in an address.
    """
    source, places = lookup("source", key, sources()), upstreams()
    if key not in places:
        raise FetchError(
            f"source '{key}' has no table in data/upstream.toml, so it cannot be downloaded. Take "
            f"its files from a folder with: micro-macro fetch {key} --from FOLDER"
        )
    place = places[key]
    folder = (raw or paths.RAW) / source.folder / "original"
    base = f"{host}/{place.repository}/{place.commit}"
    published = [file for file in place.files if file.path]
    files = [(_download(base, file, folder, progress), "original") for file in published]
    lacking = [
        f"{file.name} is no file of the repository: {file.derived}."
        for file in place.files
        if not file.path
    ]
    return Fetched(tuple(files), tuple(lacking))


def take(key: str, folder: Path, raw: Path | None = None) -> Fetched:
    """Take the files of a source from a folder; each is recognised by its hash, as an original or
    as a registered file.
    """
    source, place = lookup("source", key, sources()), upstreams().get(key)
    originals = {file.name: file.sha256 for file in place.files} if place else {}
    recognised, faults = [], []
    for file in source.files:
        path = folder / file.name
        if not path.is_file():
            faults.append(f"{path}: there is no such file.")
            continue
        here, published = sha256(path), originals.get(file.name) or "none"
        kind = {published: "original", file.sha256: "registered"}.get(here)
        if kind:
            recognised.append((path, kind))
        else:
            faults.append(
                f"{path}: its sha256 is {here}; {file.sha256} is registered, and {published} was "
                "published."
            )
    # nothing is copied unless every file was recognised
    if faults:
        raise FetchError("\n".join(faults))
    target = (raw or paths.RAW) / source.folder
    kept = []
    for path, kind in recognised:
        copy = target / ("original" if kind == "original" else "") / path.name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
        kept.append((copy, kind))
    return Fetched(tuple(kept), ())


def take_youniverse(path: Path | None) -> list[str]:
    """Read the weekly table of YouNiverse into sums that are kept on this machine; give what is to
    be known of it.
    """
    from analysis.moments import youniverse
    from analysis.moments.kept import keep_own

    if path is None:
        raise FetchError(
            "youniverse is not downloaded here (544 MB). Get df_timeseries_en.tsv.gz from "
            f"{youniverse.SOURCE.url}, then: micro-macro fetch {YOUNIVERSE} --from FILE"
        )
    moments = youniverse.take(path)
    kept, source = keep_own(moments), moments.source
    (sums,) = moments.panel_sums.values()
    return [
        terms(source),
        *source.limits,
        f"Kept: {paths.shown(kept)}, {sums.creators:,} channels, {sums.periods[0]} to "
        f"{sums.periods[-1]}. In notebooks: source = '{YOUNIVERSE}'.",
    ]


def _download(base: str, file: Original, folder: Path, progress: bool) -> Path:
    """Download one file with pooch: into a temporary place, checked, then moved."""
    import pooch
    import requests

    folder.mkdir(parents=True, exist_ok=True)
    pooch.get_logger().setLevel("ERROR")  # its warnings are repeated in the errors below
    address, part = f"{base}/{quote(file.path)}", folder / f"{file.name}.part"
    keeper = pooch.create(
        folder,
        base_url="",
        registry={file.name: file.sha256},
        urls={file.name: address},
        # tries are counted by _Resuming, which resumes where pooch would begin anew
        retry_if_failed=0,
    )
    try:
        path = Path(keeper.fetch(file.name, downloader=_Resuming(part, progress)))
    except ValueError:  # how pooch refuses another hash
        if part.exists():
            part.replace(folder / f"{file.name}.bad")
        raise FetchError(
            f"{address} is not the file that was pinned: its sha256 is not {file.sha256}. "
            f"It is kept as {file.name}.bad."
        ) from None
    except requests.RequestException as error:
        kept = ""
        if part.exists():
            size = part.stat().st_size
            kept = f" {size:,} bytes are kept; the same command resumes from there."
        raise FetchError(
            f"{address} could not be downloaded after {TRIES} tries: {_reason(error)}.{kept}"
        ) from None
    part.unlink(missing_ok=True)
    return path


def _reason(error: Exception) -> str:
    response = getattr(error, "response", None)
    if response is None:
        return type(error).__name__
    return f"the server answers {response.status_code}"


class _Resuming:
    """A downloader for pooch that resumes a broken download where it ended."""

    def __init__(self, part: Path, progress: bool):
        self.part, self.progress = part, progress

    def __call__(self, url: str, output_file, _pooch) -> None:
        import time

        import requests

        for left in reversed(range(TRIES)):
            try:
                self._resume(url)
                break
            except requests.RequestException as error:
                status = getattr(getattr(error, "response", None), "status_code", None)
                if not left or status in (401, 403, 404, 410):  # asking again would not help
                    raise
                time.sleep(0.2 * (TRIES - left))
        # pooch compares and moves the copy; the part stays until that is done
        shutil.copyfile(self.part, output_file)

    def _resume(self, url: str) -> None:
        import requests
        from tqdm import tqdm

        have = self.part.stat().st_size if self.part.exists() else 0
        # a range of a compressed answer is no range of the file
        headers = {"Accept-Encoding": "identity"}
        if have:
            headers["Range"] = f"bytes={have}-"
        with requests.get(url, headers=headers, stream=True, timeout=PATIENCE) as answer:
            if answer.status_code == 416:  # nothing is left to download
                return
            answer.raise_for_status()
            # a server that does not know ranges sends the whole file again
            resumed = answer.status_code == 206
            start = have if resumed else 0
            expected = int(answer.headers.get("Content-Length", 0)) + start
            bar = tqdm(
                total=expected or None,
                initial=start,
                unit="B",
                unit_scale=True,
                desc=self.part.stem,
                disable=not self.progress,
            )
            with self.part.open("ab" if resumed else "wb") as out, bar:
                for piece in answer.iter_content(PIECE):
                    out.write(piece)
                    bar.update(len(piece))
        if expected and self.part.stat().st_size < expected:
            raise requests.ConnectionError("the connection ended early")
