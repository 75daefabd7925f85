"""A cohort that teaches nothing: the sentence says what is missing and how to give it."""

from dataclasses import replace

import pytest
import tiny

from osteon import engine, systems
from osteon.engine.nothing import nothing
from osteon.engine.options import TrainOptions
from osteon.errors import InputError
from osteon.types import Lesion, Truth
from tests import phantoms

TRIAGE = "xray-triage-he2020.lite0"
FILMS = [TRIAGE, "xray-knee-segunet-do2021.lite0", "ct-msfcn-huang2017"]


def why(name, **changed):
    """Return the sentence for two phantoms of the system, their truth changed."""
    system = systems.get(name)
    studies = [phantoms.study(system, index=index) for index in range(2)]
    studies = [replace(s, truth=replace(s.truth, **changed)) for s in studies]
    return str(nothing(system.parts[0], system, studies))


@pytest.mark.parametrize("name", FILMS)
def test_lesions_that_nobody_drew_are_asked_for_with_the_columns_to_give_them_in(name):
    said = why(name, masks={}, lesions=())
    for word in ("None of the 2 training studies", "`mask` of cohort.csv", "lesions.csv", "row0", name):
        assert word in said


@pytest.mark.parametrize("drawn", [{"masks": {}}, {"lesions": ()}])
def test_a_box_or_an_outline_is_enough_not_to_ask_for_one(drawn):
    assert "no lesion is drawn" not in why(TRIAGE, **drawn)


def test_labels_of_other_words_are_told_which_are_allowed():
    said = why(TRIAGE, labels={"lesion": "odd"}, lesions=())
    assert "no study has a class of lesion (benign, intermediate, malignant)" in said


def test_a_lesion_with_its_own_class_needs_none_of_the_study():
    own = (Lesion(label="benign", input="radiograph", box_px=(1, 1, 5, 5)),)
    assert "no study has a class" not in why(TRIAGE, labels={}, lesions=own)


def test_an_input_of_another_name_is_told_what_there_is():
    system = systems.get(TRIAGE)
    study = phantoms.study(system)
    renamed = replace(study, data={"film": study.data["radiograph"]})
    assert "no study has the input radiograph (they have film)" in str(nothing(system.parts[0], system, [renamed]))


def test_nothing_is_asked_to_be_drawn_on_a_spectrum():
    assert "drawn" not in why("raman-cnn-shao2020", labels={}, masks={}, lesions=())


def test_all_there_but_never_together_is_said():
    assert "no study has all of them" in why(TRIAGE)


def test_a_spectrum_without_its_label_ends_in_the_sentence_and_not_in_the_sampler(tmp_path):
    """The network takes each spectrum, labelled or not; what it is fitted against is what lacks."""
    system = systems.get("raman-cnn-shao2020.saliva")
    cohort = phantoms.cohort(system, studies=30)
    bare = replace(cohort, studies=tuple(replace(s, truth=Truth()) for s in cohort.studies))
    options = TrainOptions(device="cpu", threads=1, allow=("few-patients", "class-not-on-side", "near-duplicate"))
    with pytest.raises(InputError, match="no study has a class of"):
        engine.train(system, bare, tmp_path / "run", options=options)


def test_training_ends_in_that_sentence(tmp_path):
    part = replace(tiny.PART, prepare=lambda study, earlier: iter(()))
    cohort = tiny.cohort(40)
    bare = tuple(replace(s, truth=Truth(labels=s.truth.labels)) for s in cohort.studies)
    options = TrainOptions(threads=1, workers=0, device="cpu", allow=("few-patients",))
    with pytest.raises(InputError, match=r"yields a sample for the part net: no lesion is drawn"):
        engine.train(tiny.system(part), replace(cohort, studies=bare), tmp_path / "run", options=options)
