import errno
import json

import pytest

from osteon.errors import InputError, RequestError, ResumableError
from osteon.io import atomic


def test_json_round_trip_and_no_leftover(tmp_path):
    path = tmp_path / "Größe der Läsion" / "a b.json"
    atomic.write_json(path, {"wörd": [1, 2.5, None]})
    assert json.loads(path.read_text(encoding="utf-8")) == {"wörd": [1, 2.5, None]}
    assert [p.name for p in path.parent.iterdir()] == ["a b.json"]


def test_nan_is_not_json(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        atomic.write_json(tmp_path / "a.json", float("nan"))
    assert list(tmp_path.iterdir()) == []


def test_failure_keeps_the_old_file(tmp_path):
    path = tmp_path / "a.txt"
    atomic.write_text(path, "old")

    def fail():
        with atomic.file(path) as aside:
            aside.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_name_of_the_aside_keeps_its_endings(tmp_path):
    with atomic.file(tmp_path / "a.nii.gz") as aside:
        assert aside.name.endswith(".nii.gz")
        aside.write_bytes(b"1")
    assert (tmp_path / "a.nii.gz").read_bytes() == b"1"


@pytest.mark.parametrize(
    ("number", "error", "word"),
    [(errno.ENOSPC, ResumableError, "full"), (errno.EROFS, InputError, "choose an output folder")],
)
def test_full_and_read_only_disk(tmp_path, monkeypatch, number, error, word):
    atomic.write_text(tmp_path / "a.txt", "old")

    def fail(_path):
        raise OSError(number, "as the kernel says")

    monkeypatch.setattr(atomic, "_sync", fail)
    with pytest.raises(error, match=word) as caught:
        atomic.write_text(tmp_path / "a.txt", "new")
    assert str(tmp_path) not in str(caught.value)
    assert (tmp_path / "a.txt").read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


def test_folder_under_a_file(tmp_path):
    (tmp_path / "file").write_text("x")
    for write in (atomic.make_folder, lambda p: atomic.write_bytes(p, b"1")):
        with pytest.raises(InputError, match="choose an output folder"):
            write(tmp_path / "file" / "out")


@pytest.mark.parametrize("name", ["x" * 300, "x" * 5000])
def test_a_name_that_is_too_long(tmp_path, name):
    for write in (atomic.make_folder, lambda p: atomic.write_bytes(p, b"1")):
        with pytest.raises(InputError, match="choose an output folder"):
            write(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_error_of_another_file_passes(tmp_path):
    (tmp_path / "out").mkdir()
    with pytest.raises(FileNotFoundError), atomic.file(tmp_path / "out" / "a.txt"):
        (tmp_path / "elsewhere" / "missing.txt").read_text()


def test_folder_appears_whole_or_not_at_all(tmp_path):
    with atomic.folder(tmp_path / "run") as aside:
        (aside / "deep").mkdir()
        (aside / "deep" / "a.txt").write_text("1")
        assert not (tmp_path / "run").exists()
    assert (tmp_path / "run" / "deep" / "a.txt").read_text() == "1"

    def fail():
        with atomic.folder(tmp_path / "other") as aside:
            (aside / "a.txt").write_text("1")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


def test_folder_that_is_taken(tmp_path):
    (tmp_path / "run").mkdir()
    with atomic.folder(tmp_path / "run") as aside:  # an empty one is no loss
        (aside / "a").write_text("1")
    with pytest.raises(RequestError, match="choose another"), atomic.folder(tmp_path / "run"):
        pass
    with atomic.folder(tmp_path / "run", replace=True) as aside:
        (aside / "b").write_text("2")
    assert [p.name for p in (tmp_path / "run").iterdir()] == ["b"]
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


def test_a_file_is_no_folder_to_replace_and_a_link_to_nowhere_is_in_use(tmp_path):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to("nowhere")
    for name in ("file", "link"):
        with (
            pytest.raises(RequestError, match=rf"{name} is a file already; choose another output folder, or move it"),
            atomic.folder(tmp_path / name, replace=True),
        ):
            pass
    with pytest.raises(RequestError, match="or ask first"):
        atomic.refuse_taken(tmp_path / "file", otherwise="ask first")
    atomic.refuse_taken(tmp_path / "free")
    with pytest.raises(InputError, match="choose an output folder"):
        atomic.refuse_taken(tmp_path / ("x" * 300))
    assert (tmp_path / "file").read_text() == "mine"


def test_make_folder_leaves_nothing(tmp_path):
    assert list(atomic.make_folder(tmp_path / "a" / "b").iterdir()) == []


@pytest.fixture
def synced(monkeypatch):
    """The names of files and folders in the order in which they are synced, "->" where a folder takes its name."""
    done = []
    swap = atomic._swap
    monkeypatch.setattr(atomic, "_sync", lambda path: done.append(path.name))
    monkeypatch.setattr(atomic, "_sync_folder", lambda path: done.append(f"{path.name}/"))
    monkeypatch.setattr(atomic, "_swap", lambda aside, path: (done.append(f"-> {path.name}"), swap(aside, path)))
    return done


def test_what_lies_in_a_folder_is_synced_once_before_the_folder_takes_its_name(tmp_path, synced):
    with atomic.folder(tmp_path / "patient") as aside:
        atomic.write_text(aside / "film.txt", "1")
        with atomic.folder(aside / "series") as inner:
            atomic.write_text(inner / "slice.txt", "2")
        assert (aside / "series" / "slice.txt").read_text() == "2", "it is there at once"
        assert synced == ["-> series"]
    before = synced[1 : synced.index("-> patient")]
    assert sorted(before[:-1]) == ["film.txt", "series/", "slice.txt"]
    assert before[-1].endswith("-patient/")
    assert synced[synced.index("-> patient") + 1 :] == [f"{tmp_path.name}/"]


def test_a_file_beside_a_folder_that_is_filled_is_synced_at_once(tmp_path, synced):
    with atomic.folder(tmp_path / "patient"):
        atomic.write_text(tmp_path / "rows.txt", "1")
        assert len(synced) == 2
        assert synced[1] == f"{tmp_path.name}/"
    synced.clear()
    atomic.write_text(tmp_path / "patient" / "later.txt", "1")
    assert synced[1:] == ["patient/"], "once it has its name, the folder is like any other"


def test_after_a_failure_files_are_synced_again(tmp_path, synced):
    def fail():
        with atomic.folder(tmp_path / "patient") as aside:
            atomic.write_text(aside / "a.txt", "1")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert synced == []
    assert atomic._FILLED.get() == ()
    atomic.write_text(tmp_path / "b.txt", "1")
    assert len(synced) == 2
