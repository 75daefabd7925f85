import numpy as np

from osteon.cohorts.checks.looks import Look
from osteon.cohorts.checks.rows import by_input
from tests.cohorts.checks.made_studies import study


def seen(name: str, figures, corners, *, named: str) -> Look:
    return Look(study=study(0, None, patient=name), input=named, origin="image", figures=figures, corners=corners)


LOOKS = (
    seen("a", np.array([1.0, 2.0]), np.zeros(4), named="film"),
    seen("b", np.array([3.0, 4.0]), None, named="film"),
    seen("c", None, None, named="film"),
    seen("d", np.array([5.0]), None, named="slide"),
)


def test_images_are_put_together_by_input_in_order_and_each_keeps_its_study():
    found = by_input(LOOKS, lambda look: look.figures)
    assert found.keys() == {"film", "slide"}
    assert found["film"].features.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert [s.patient for s in found["film"].studies] == ["a", "b"]
    assert found["slide"].features.shape == (1, 1)


def test_what_has_no_numbers_is_left_out_and_an_input_of_nothing_else_too():
    found = by_input(LOOKS, lambda look: look.corners)
    assert found.keys() == {"film"}
    assert [s.patient for s in found["film"].studies] == ["a"]
    assert by_input((), lambda look: look.figures) == {}
