import numpy as np

from osteon.reading.patients import by_patient, refusals, study_name
from osteon.types import Grid, Image, Item, Refusal

IMAGE = Image(grid=Grid(shape=(4, 4)), modality="OT", load=lambda: np.zeros((4, 4)))


def item(file, patient=None, study=None):
    return Item(datum=IMAGE, file=file, patient_id=patient, study_uid=study)


def names(found):
    return [[i.file for i in patient.items] for patient in found]


def test_ids_make_patients_under_pseudonyms():
    found = by_patient([item("a", "ID-1"), item("b", "ID-2"), item("c", "ID-1")])
    assert names(found) == [["a", "c"], ["b"]]
    assert all("ID" not in p.name for p in found)
    assert by_patient([item("x", "ID-1")])[0].name == found[0].name


def test_what_states_no_patient_joins_the_only_one():
    assert names(by_patient([item("a.dcm", "ID-1"), item("note.png")])) == [["a.dcm", "note.png"]]


def test_else_a_sub_folder_is_a_patient():
    found = by_patient([item("one/a.png"), item("one/b.png"), item("two/a.png"), item("c.png")])
    assert names(found) == [["one/a.png", "one/b.png"], ["two/a.png"], ["c.png"]]


def test_a_study_is_named_by_its_uid_and_does_not_show_it():
    assert study_name(item("a", study="1.2.3")) == study_name(item("b", study="1.2.3"))
    assert "1.2.3" not in study_name(item("a", study="1.2.3"))


def test_refusals_go_to_whose_folder_they_lie_in_and_nobodys_to_all():
    found = by_patient([item("a/1.png", "x"), item("b/1.png", "y")])
    told = [Refusal(file="a/2.png", why="w"), Refusal(file="b/2.png", why="w"), Refusal(file="c/2.png", why="w")]
    one, two = refusals(found, told)
    assert [r.file for r in one] == ["a/2.png", "c/2.png"]
    assert [r.file for r in two] == ["b/2.png", "c/2.png"]


def test_two_patients_in_one_folder_both_hear_of_what_was_refused_there():
    found = by_patient([item("a/1.png", "x"), item("a/2.png", "y")])
    told = [Refusal(file="a/3.png", why="w")]
    assert refusals(found, told) == [told, told]


def test_the_order_is_that_of_the_files_and_an_id_with_blanks_is_one():
    found = by_patient([item("2.png", "b"), item("1.png", "a"), item("3.png", "b ")])
    assert len({p.name for p in found}) == len(found) == 2
    assert [i.file for i in found[0].items] == ["2.png", "3.png"]


def test_files_that_state_no_patient_are_one_s_by_assumption_and_say_so():
    loose, alone = by_patient([item("one/a.png"), item("one/b.png"), item("two/a.png")])
    assert loose.assumed.startswith("None of these 2 files states a patient; as files of one folder they were taken")
    assert "cohort.csv" in loose.assumed
    assert alone.assumed == ""
    (joined,) = by_patient([item("a.dcm", "ID-1"), item("b.dcm", "ID-1"), item("note.png")])
    assert joined.assumed.startswith("1 of these 3 files state no patient; as the others name one alone,")
    assert "ID-1" not in joined.assumed


def test_what_is_stated_or_one_file_is_no_assumption():
    assert not any(p.assumed for p in by_patient([item("a", "1"), item("b", "1"), item("c", "2")]))
    assert not by_patient([item("spectra.csv"), item("spectra.csv")])[0].assumed
