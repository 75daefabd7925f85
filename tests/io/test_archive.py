import stat
import zipfile

import pytest

from osteon.errors import InputError
from osteon.io import archive


def packed(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in members:
            made.writestr(name, data)
    return path


def test_members_land_in_the_folder_and_the_folder_goes(tmp_path):
    path = packed(tmp_path / "a.zip", [("Ordner ü/b c.txt", b"1"), ("leer/", b"")])
    with archive.unpacked(path) as folder:
        assert (folder / "Ordner ü" / "b c.txt").read_bytes() == b"1"
        assert (folder / "leer").is_dir()
    assert not folder.exists()


@pytest.mark.parametrize(
    "name", ["../out.txt", "a/../../out.txt", "/etc/out.txt", "C:\\out.txt", "..\\out.txt", "\\out"]
)
def test_zip_slip(tmp_path, name):
    path = packed(tmp_path / "a.zip", [("good.txt", b"1"), ("x", b"2")])
    data = path.read_bytes()
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("good.txt", b"1")
        member = zipfile.ZipInfo("x")
        member.filename = name
        made.writestr(member, b"2")
    assert data
    (tmp_path / "in" / "deep").mkdir(parents=True)
    with pytest.raises(InputError, match="outside its folder"):
        archive.extract(path, into=tmp_path / "in" / "deep")
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["a.zip", "deep", "in"]


def test_link_as_a_member(tmp_path):
    member = zipfile.ZipInfo("link")
    member.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as made:
        made.writestr(member, "/etc/passwd")
    with pytest.raises(InputError, match="is a link"):
        archive.extract(tmp_path / "a.zip", into=tmp_path)


def test_bomb(tmp_path):
    path = packed(tmp_path / "a.zip", [("zeros", bytes(80 * 2**20))])
    (tmp_path / "in").mkdir()
    with pytest.raises(InputError, match="bomb"):
        archive.extract(path, into=tmp_path / "in")
    assert list((tmp_path / "in").iterdir()) == []


def test_size_that_lies(tmp_path):
    path = packed(tmp_path / "a.zip", [("a", bytes(1000))])
    data = path.read_bytes().replace((1000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    path.write_bytes(data)
    with pytest.raises(InputError, match="damaged"):
        archive.extract(path, into=tmp_path)


def test_damaged_encrypted_and_twice_named(tmp_path):
    path = packed(tmp_path / "a.zip", [("a", b"0" * 1000), ("A", b"1")])
    with pytest.raises(InputError, match="one name"):
        archive.extract(path, into=tmp_path)
    path = packed(tmp_path / "b.zip", [("a", b"0123456789" * 100)])
    whole = path.read_bytes()
    path.write_bytes(whole[:60])
    with pytest.raises(InputError, match="damaged"):
        archive.extract(path, into=tmp_path)
    secret = bytearray(whole)
    secret[6] |= 1
    secret[whole.rindex(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(secret)
    with pytest.raises(InputError, match="encrypted"):
        archive.extract(path, into=tmp_path)


def test_damaged_bytes_end_in_our_error(tmp_path, rng):
    whole = packed(tmp_path / "a.zip", [("a.txt", b"0123456789" * 30), ("b/c.txt", b"x" * 50)]).read_bytes()
    ends = set()
    for case in range(400):
        data = bytearray(whole)
        for _ in range(3):
            data[rng.integers(len(data))] = rng.integers(256)
        (tmp_path / "a.zip").write_bytes(data)
        (tmp_path / str(case)).mkdir()
        try:
            archive.extract(tmp_path / "a.zip", into=tmp_path / str(case))
            ends.add("read")
        except InputError:
            ends.add("refused")
    assert ends == {"read", "refused"}
