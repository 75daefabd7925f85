import pytest

from osteon.errors import RequestError
from osteon.reading.voices import speaker, voices


def test_all_that_is_packaged_may_speak_and_says_what_it_needs(tiny):
    found = {voice.name: voice for voice in voices()}
    assert set(found) == set(tiny)
    assert found["tiny-ct"].needs == ["ct"]
    assert {name: (v.outlines, v.asks_for_lesion) for name, v in found.items()} == {
        "tiny-film": (True, False),
        "tiny-lesion": (False, True),
        "tiny-ct": (True, False),
    }
    assert found["tiny-lesion"].classify().classes == ("benign", "intermediate", "malignant")


def test_a_speaker_without_a_card_is_described_by_its_run(tiny):
    (voice,) = voices(["tiny-film"])
    made = speaker(voice, device="cpu")
    assert made.card.licence == "CC0"
    assert made.card.evidence == "simulated"
    assert made.predictor.maker.weights_sha256
    assert made.reach.stats == {}


@pytest.mark.parametrize("name", ["no-such", "", "../.."])
def test_what_is_neither_weights_nor_a_run_is_a_bad_request(tiny, tmp_path, name):
    with pytest.raises(RequestError, match=r"packaged are tiny-ct, tiny-film, tiny-lesion"):
        voices([tmp_path / name if name else tmp_path])


def test_a_run_speaks_under_the_name_of_its_system(tiny, made, tmp_path):
    (voice,) = voices([made.save("tiny-lesion", tmp_path / "mine")])
    assert (voice.name, voice.folder) == ("tiny-lesion", tmp_path / "mine")
