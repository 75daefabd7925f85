"""One item through the systems: who is asked, about which box, and what is withheld."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from osteon.contract import Classify, Input, Segment
from osteon.engine.ood.reach import Reach
from osteon.errors import InputError
from osteon.io.simulated import NOTE
from osteon.reading import chain
from osteon.reading.chain import Case
from osteon.reading.voices import Speaker, Voice
from osteon.report.card import Card
from osteon.types import Grid, Image, Item, Maker, Prediction, Record, Slide, Spectrum
from tests.engine import tiny

FILM = Classify(name="film", unit="image", classes=("normal", "tumour"), positive="tumour")
LESION = Classify(name="lesion", unit="lesion", classes=("benign", "malignant"))
OUTLINE = Segment(name="outline", unit="image", input="radiograph", structures=("bone", "tumour"))


class Fake:
    """A predictor that says what it is told to, and remembers what it was asked."""

    def __init__(self, answer):
        self.answer, self.asked, self.maker = answer, [], Maker(system="fake", weights_sha256="ab")

    def __call__(self, study):
        self.asked.append(study)
        return self.answer(study)


def speaker(name, answer, *tasks, reach=None, kind="radiograph"):
    inputs = (Input(name=kind, kind=kind),)
    system = replace(tiny.system(tasks=tasks), inputs=inputs, name=name)
    voice = Voice(name=name, folder=SimpleNamespace(), system=system)
    return Speaker(voice=voice, predictor=Fake(answer), reach=reach or Reach(), card=Card(name=name, summary=""))


def said(task="film", **more):
    return Prediction(study="s", patient="p", task=task, input="radiograph", **more)


def case(pixels=None, *, datum=None):
    if pixels is None:
        pixels = np.random.default_rng(0).random((160, 120)).astype(np.float32)
    image = Image(grid=Grid(shape=pixels.shape[:2]), modality="DX", load=lambda: pixels, notes=("A note.",))
    item = Item(datum=datum or image, file="a.dcm", patient_id="Mueller^Hans", study_uid="1.2.3")
    return Case(item=item, patient="pabc", describer=None)


def mask(*boxes, value=1, shape=(160, 120)):
    found = np.zeros(shape, np.uint8)
    for r0, c0, r1, c1 in boxes:
        found[r0:r1, c0:c1] = value
    return found


def test_a_lesion_is_asked_about_where_the_outline_is_and_nowhere_else():
    boxes = ((10, 20, 40, 60), (100, 5, 130, 50))
    first = speaker("finds", lambda s: [said(probabilities={"normal": 0.1, "tumour": 0.9}), said("outline",
                    label_map=mask(*boxes, value=2))], OUTLINE, FILM)  # fmt: skip
    second = speaker("asks", lambda s: [said("lesion", probabilities={"benign": 0.3, "malignant": 0.7})], LESION)
    drafts = chain.read(case(), [second, first])
    asked = [s.truth.lesions[0].box_px for s in second.predictor.asked]
    assert sorted(asked) == sorted(boxes)
    assert first.predictor.asked[0].truth is None, "who finds is told nothing"
    assert [d.finding.system for d in drafts] == ["finds", "asks", "asks"]
    assert sorted(d.finding.box_px for d in drafts[1:]) == sorted(boxes)
    assert drafts[0].finding.belief == pytest.approx(0.9)
    beliefs = [d.finding.belief for d in drafts[1:]]
    assert max(beliefs) == pytest.approx(0.9)
    assert min(beliefs) < 0.9, "the smaller of two is believed less"


def test_bone_is_no_lesion():
    both = mask((10, 10, 150, 110), value=1) + mask((20, 20, 40, 40), value=1)
    first = speaker("finds", lambda s: [said("outline", label_map=both)], OUTLINE)
    second = speaker("asks", lambda s: [said("lesion", probabilities={"benign": 1.0, "malignant": 0.0})], LESION)
    chain.read(case(), [first, second])
    assert [s.truth.lesions[0].box_px for s in second.predictor.asked] == [(20, 20, 40, 40)]


def test_without_an_outline_nobody_is_asked_about_a_lesion():
    for answer in ([said(probabilities={"normal": 0.9, "tumour": 0.1})], [said("outline", label_map=mask())]):
        second = speaker("asks", lambda s: [said("lesion")], LESION)
        chain.read(case(), [speaker("finds", lambda s, a=answer: a, FILM, OUTLINE), second])
        assert second.predictor.asked == []


def test_a_finding_shares_the_films_outline_only_where_it_is_all_of_it():
    one = speaker("finds", lambda s: [said("outline", label_map=mask((10, 20, 40, 60), value=2))], OUTLINE)
    asks = speaker("asks", lambda s: [said("lesion", probabilities={"benign": 0.5, "malignant": 0.5})], LESION)
    assert [d.whole for d in chain.read(case(), [one, asks])] == [False, True]
    two = speaker(
        "finds", lambda s: [said("outline", label_map=mask((10, 20, 40, 60), (90, 9, 99, 99), value=2))], OUTLINE
    )
    assert [d.whole for d in chain.read(case(), [two, asks])] == [False, False, False]


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_an_answer_that_is_no_number_is_withheld_and_says_so(number):
    finds = speaker("finds", lambda s: [said(probabilities={"normal": number, "tumour": 1 - number})], FILM)
    (draft,) = chain.read(case(), [finds])
    assert draft.finding.out_of_distribution
    assert draft.finding.probabilities == {"normal": 0.5, "tumour": 0.5}
    assert (draft.finding.belief, draft.finding.uncertainty) == (0.0, 1.0)
    assert draft.finding.why_out_of_distribution == "What the system says of it is no number."


def test_features_that_are_no_numbers_are_not_taken_for_near():
    own = {"mean": np.zeros((1, 2)), "whitening": np.eye(2)}
    reach = replace(Reach(), own=own)
    answer = [said(probabilities={"normal": 0.1, "tumour": 0.9}, features=np.full(2, np.nan))]
    finds = speaker("finds", lambda s: answer, FILM, reach=reach)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("osteon.models.mahalanobis.score", lambda stats, features: float("nan"))
        (draft,) = chain.read(case(), [finds])
    assert draft.finding.out_of_distribution
    assert "no number" in draft.finding.why_out_of_distribution


def test_members_of_one_system_are_one_finding_with_the_mean():
    finds = speaker("finds", lambda s: [said(probabilities={"normal": p, "tumour": 1 - p}) for p in (0.2, 0.6)], FILM)
    (draft,) = chain.read(case(), [finds])
    assert draft.finding.probabilities == pytest.approx({"normal": 0.4, "tumour": 0.6})
    assert draft.answers == "Normal or tumour?"


def test_a_film_in_colour_channels_is_given_to_a_system_as_grey_and_kept_as_it_was():
    pixels = np.stack([np.full((160, 120), v, np.float32) for v in (1, 2, 6)], axis=-1)
    pixels[40:60] += 50
    here = case(pixels)
    study = here.study(Input(name="radiograph", kind="radiograph"))
    np.testing.assert_allclose(study.data["radiograph"].read(), pixels.mean(axis=-1))
    study.data["radiograph"].read()[:] = 0
    np.testing.assert_allclose(study.data["radiograph"].read(), pixels.mean(axis=-1))  # a system cannot spoil it
    assert here.pixels.shape == (160, 120, 3)


def test_a_tile_keeps_its_colours_and_is_not_judged_as_a_film():
    pixels = np.random.default_rng(1).integers(0, 255, (80, 80, 3)).astype(np.uint8)
    image = Image(grid=Grid(shape=(80, 80)), modality="OT", load=lambda: pixels)
    here = Case(item=Item(datum=image, file="a.png", input="tile"), patient="pabc", describer=None)
    finds = speaker("finds", lambda s: [said(probabilities={"normal": 0.5, "tumour": 0.5})], FILM, kind="tile")
    (draft,) = chain.read(here, [finds])
    np.testing.assert_array_equal(finds.predictor.asked[0].data["tile"].read(), pixels)
    assert not draft.finding.out_of_distribution
    assert draft.finding.input == "tile"


def test_a_system_that_does_not_take_the_item_is_not_asked_about_it():
    with pytest.raises(InputError, match=r"a\.dcm: is nothing that finds takes"):
        chain.read(case(), [speaker("finds", lambda s: [said()], FILM, kind="ct")])


def test_names_are_pseudonyms_and_notes_go_along():
    finds = speaker("finds", lambda s: [said(probabilities={"normal": 0.5, "tumour": 0.5})], FILM)
    (draft,) = chain.read(case(), [finds])
    told = repr(draft.finding) + repr(finds.predictor.asked[0].name)
    assert "Mueller" not in told
    assert "1.2.3" not in told
    assert draft.finding.notes[0] == "A note."
    assert draft.finding.maker.weights_sha256 == "ab"


def test_a_table_is_answered_without_a_picture():
    record = Record(values={"age_years": 12.0})
    finds = speaker("finds", lambda s: [said(probabilities={"normal": 0.5, "tumour": 0.5})], FILM, kind="table")
    (draft,) = chain.read(case(datum=record), [finds])
    assert (draft.image, draft.pixels, draft.finding.input) == (None, None, "table")
    assert finds.predictor.asked[0].data == {"table": record}


@pytest.mark.parametrize("kind", ["slide", "spectrum"])
def test_what_a_slide_or_a_spectrum_says_of_itself_goes_along(kind):
    """That it is simulated, above all."""
    data = {
        "slide": Slide(path=Path("a.tif"), levels=((9, 9),), um_per_pixel=None, read_region=print, notes=(NOTE,)),
        "spectrum": Spectrum(shift_per_cm=np.arange(9.0), counts=np.ones(9), notes=(NOTE,)),
    }
    finds = speaker("finds", lambda s: [said(probabilities={"normal": 0.5, "tumour": 0.5})], FILM, kind=kind)
    (draft,) = chain.read(case(datum=data[kind]), [finds])
    assert draft.finding.notes == (NOTE,)


def test_data_at_fault_is_an_error_of_the_item():
    def broken(study):
        raise InputError("is cut short.")

    with pytest.raises(InputError, match="is cut short"):
        chain.read(case(), [speaker("finds", broken, FILM)])


@pytest.mark.parametrize(("names", "asked"), [((), ""), (("a",), "a"), (("a", "b"), "A or b?"),
                                              (("a", "b", "c"), "A, b or c?")])  # fmt: skip
def test_the_question_is_asked_of_all_classes(names, asked):
    assert chain._question(dict.fromkeys(names, 0.1)) == asked
