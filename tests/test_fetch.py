"""A file is downloaded as it was pinned or not at all, whatever the server does; and originals are
never taken for registered files.
"""

import hashlib
import shutil
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from analysis import paths
from analysis.errors import RegisterError
from analysis.moments import fetch
from analysis.moments.fetch import FetchError, Original, Upstream
from analysis.moments.rebuild import rebuild_source
from analysis.registers.lookup import sources
from analysis.registers.records import Source

KEY = "tiktok-tides"
CONTENT = bytes(range(256)) * 2_000


class Server(ThreadingHTTPServer):
    """Answers with CONTENT in each of some ways, then always in the last."""

    daemon_threads = True

    def __init__(self, *ways):
        super().__init__(("127.0.0.1", 0), Handler)
        self.ways, self.asked = list(ways), []

    @property
    def host(self):
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """One answer."""

    def log_message(self, *_):
        pass

    def do_GET(self):
        ways, asked = self.server.ways, self.headers.get("Range")
        self.server.asked.append((self.path, asked))
        way = ways.pop(0) if len(ways) > 1 else ways[0]
        if isinstance(way, int):
            self.send_error(way)
            return
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and way != "whole" else 0
        body = (b"x" * len(CONTENT) if way == "wrong" else CONTENT)[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if way == "slow":
            self.server.gone.wait(5)
        self.wfile.write(body[: len(body) // 3] if way == "cut" else body)


@pytest.fixture
def serve(monkeypatch, tmp_path):
    """A function that starts a server and fetches from it."""
    started = []
    pinned = Original(
        name="posts.csv", path="Data sets/posts.csv", sha256=hashlib.sha256(CONTENT).hexdigest()
    )
    derived = Original(name="more.csv", derived="read from many files")
    place = Upstream(key=KEY, repository="someone/data", commit="0" * 40, files=(pinned, derived))
    monkeypatch.setattr(fetch, "upstreams", lambda: {KEY: place})

    def begin(*ways):
        from threading import Event

        server = Server(*ways)
        server.gone = Event()
        Thread(target=server.serve_forever, daemon=True).start()
        started.append(server)
        return server, lambda: fetch.fetch(KEY, tmp_path, server.host, progress=False)

    yield begin
    for server in started:
        server.gone.set()
        server.shutdown()
        server.server_close()


def there(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_a_sound_file_is_downloaded_once(serve, tmp_path):
    server, get = serve("sound")
    ((path, kind),) = get().files
    assert (path.read_bytes(), kind) == (CONTENT, "original")
    assert get().files == ((path, kind),)
    assert server.asked == [(f"/someone/data/{'0' * 40}/Data%20sets/posts.csv", None)]
    assert there(tmp_path) == ["posts.csv"]


def test_a_file_that_is_not_in_the_repository_is_reported(serve):
    _, get = serve("sound")
    assert get().lacking == ("more.csv is no file of the repository: read from many files.",)


@pytest.mark.parametrize(
    "ways",
    [(500, 503, "sound"), ("cut", "sound"), ("cut", "cut", "cut", "sound"), ("cut", "whole")],
)
def test_a_broken_download_is_tried_again(serve, ways):
    _, get = serve(*ways)
    assert get().files[0][0].read_bytes() == CONTENT


def test_a_download_that_was_cut_resumes_where_it_ended(serve):
    server, get = serve("cut", "sound")
    get()
    assert [asked for _, asked in server.asked] == [
        None,
        f"bytes={2 * fetch.PIECE}-",
    ]  # whole pieces count


def test_what_was_downloaded_before_a_failure_is_kept_for_the_next_call(serve, tmp_path):
    server, get = serve("cut", 500)
    with pytest.raises(
        FetchError,
        match=r"after 4 tries: the server answers 500\. 131,072 bytes are kept; the same command",
    ):
        get()
    assert there(tmp_path) == ["posts.csv.part"]
    server.ways = ["sound"]
    assert get().files[0][0].read_bytes() == CONTENT
    assert there(tmp_path) == ["posts.csv"]


def test_a_server_that_stops_answering_is_given_up(serve, monkeypatch):
    monkeypatch.setattr(fetch, "PATIENCE", 0.3)
    _, get = serve("slow", "sound")
    assert get().files[0][0].read_bytes() == CONTENT


def test_a_file_with_another_hash_is_refused_and_set_aside(serve, tmp_path):
    _, get = serve("wrong")
    with pytest.raises(
        FetchError,
        match=r"is not the file that was pinned: .* is not [0-9a-f]{64}\. "
        r"It is kept as posts\.csv\.bad\.",
    ):
        get()
    assert there(tmp_path) == ["posts.csv.bad"]


def test_a_file_that_does_not_exist_is_requested_once(serve):
    server, get = serve(404)
    with pytest.raises(FetchError, match="the server answers 404"):
        get()
    assert len(server.asked) == 1


def test_every_table_of_originals_is_about_the_files_of_a_registered_source():
    for key, place in fetch.upstreams().items():
        source = sources()[key]
        assert [file.name for file in place.files] == [file.name for file in source.files]
        assert all(
            bool(file.path) == bool(file.sha256) != bool(file.derived) for file in place.files
        )
        assert place.commit[:12] in source.cite
        assert source.licence in fetch.terms(source)


@pytest.fixture
def without_originals(monkeypatch):
    monkeypatch.setattr(fetch, "upstreams", dict)


def test_a_source_without_a_table_of_originals_is_not_downloaded(without_originals, tmp_path):
    with pytest.raises(
        FetchError, match=rf"no table in data/upstream.toml.*: micro-macro fetch {KEY} --from"
    ):
        fetch.fetch(KEY, tmp_path)


def test_a_source_without_a_table_of_originals_is_taken_from_a_folder(
    without_originals, monkeypatch, tmp_path
):
    (tmp_path / "tiktok_influencers.csv").write_bytes(CONTENT)
    file = {"name": "tiktok_influencers.csv", "sha256": hashlib.sha256(CONTENT).hexdigest()}
    source = Source(**sources()[KEY].model_dump() | {"files": (file,)})
    monkeypatch.setattr(fetch, "sources", lambda: {KEY: source})

    ((path, kind),) = fetch.take(KEY, tmp_path, tmp_path / "raw").files

    assert (path.read_bytes(), kind) == (CONTENT, "registered")


def test_a_file_is_taken_only_if_it_is_the_registered_or_the_published_one(tmp_path):
    (tmp_path / "tiktok_influencers.csv").write_text("username,followers\n")
    with pytest.raises(
        FetchError,
        match=r"its sha256 is [0-9a-f]{64}; 56cee1585732\w+ is registered, "
        r"and 94cdc0808\w+ was published",
    ):
        fetch.take(KEY, tmp_path, tmp_path / "raw")
    with pytest.raises(FetchError, match="there is no such file"):
        fetch.take(KEY, tmp_path / "none", tmp_path / "raw")
    assert not (tmp_path / "raw").exists()


def test_registered_files_that_were_taken_give_the_cells_that_are_published(tmp_path):
    folder = paths.ROOT.parent / "shared" / "datasets" / sources()[KEY].folder
    if not folder.is_dir():
        pytest.skip("the raw files are not at hand")
    ((path, kind),) = fetch.take(KEY, folder, tmp_path / "raw").files
    assert (path.name, kind) == ("tiktok_influencers.csv", "registered")
    shutil.copytree(paths.CELLS, tmp_path / "cells")
    written = rebuild_source(KEY, path.parent, tmp_path / "cells")
    shared = {"left_out.csv", "plausibility.csv"}
    assert {f"{KEY}.csv", f"{KEY}.histogram.csv"} | shared <= {one.name for one in written}
    for one in (tmp_path / "cells").iterdir():
        assert one.read_bytes() == (paths.CELLS / one.name).read_bytes(), one.name


def test_originals_are_not_taken_for_the_files_that_cells_are_made_of(tmp_path):
    (tmp_path / "original").mkdir()
    shutil.copyfile(__file__, tmp_path / "original" / "tiktok_influencers.csv")
    with pytest.raises(RegisterError, match=r"is missing\. Its files are: tiktok_influencers\.csv"):
        rebuild_source(KEY, tmp_path, tmp_path / "cells")
