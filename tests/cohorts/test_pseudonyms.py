import os
import stat
import sys

import pytest

from osteon.cohorts import pseudonyms
from osteon.cohorts.pseudonyms import key_file, pseudonym, token
from osteon.errors import InputError


@pytest.fixture
def key_at(tmp_path, monkeypatch):
    def use(name: str = "key"):
        path = tmp_path / "conf" / name
        monkeypatch.setenv("OSTEON_KEY", str(path))
        return path

    return use


def test_made_on_first_use_for_the_owner_alone(key_at):
    path = key_at()
    one = pseudonym("Mustermann^Erika")
    assert len(path.read_bytes()) == pseudonyms.KEY_BYTES
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]
    pseudonyms._read.cache_clear()
    assert pseudonym("Mustermann^Erika") == one


def test_short_stable_and_without_the_id(key_at):
    key_at()
    names = {pseudonym(str(n)) for n in range(2000)}
    assert len(names) == 2000
    assert all(len(name) == 13 and name.isalnum() for name in names)
    assert pseudonym(" 7 ") == pseudonym("7") != pseudonym("07")
    assert "erika" not in pseudonym("erika")


def test_another_key_another_pseudonym(key_at):
    key_at("a")
    one = pseudonym("7")
    key_at("b")
    assert pseudonym("7") != one
    assert pseudonym("7", key=b"x" * 32) == pseudonym("7", key=b"x" * 32)


def test_a_token_is_no_pseudonym(key_at):
    key_at()
    assert token("7") not in pseudonym("7")


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_a_key_that_others_can_read_is_refused(key_at):
    path = key_at()
    pseudonym("7")
    path.chmod(0o644)
    pseudonyms._read.cache_clear()
    with pytest.raises(InputError, match="chmod 600"):
        pseudonym("7")


def test_a_truncated_key_is_refused(key_at):
    path = key_at()
    path.parent.mkdir()
    path.write_bytes(b"abc")
    path.chmod(0o600)
    with pytest.raises(InputError, match="3 bytes"):
        pseudonym("7")


def test_a_folder_that_cannot_be_made_is_a_sentence(key_at, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("OSTEON_KEY", str(tmp_path / "file" / "key"))
    with pytest.raises(InputError, match="OSTEON_KEY"):
        pseudonym("7")


def test_without_the_variable_in_the_configuration_folder(monkeypatch, tmp_path):
    monkeypatch.delenv("OSTEON_KEY")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert key_file() == tmp_path / "osteon" / "key"
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("APPDATA", str(tmp_path / "roaming"))
    assert key_file() == tmp_path / "roaming" / "osteon" / "key"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert key_file().parts[-4:] == ("Library", "Application Support", "osteon", "key")
