"""A system of other parts: it asks for what they take, and keeps the rest."""

import pytest

from osteon import systems
from osteon.systems._parts import with_parts


@pytest.mark.parametrize(("which", "inputs"), [((0,), ["ct"]), ((1,), ["clinical"]), ((0, 1), ["ct", "clinical"])])
def test_inputs_are_those_of_the_parts(which, inputs):
    whole = systems.get("ct-sacral-radiomics-yin2020")
    found = with_parts(whole, *(whole.parts[n] for n in which))
    assert found.parts == tuple(whole.parts[n] for n in which)
    assert [i.name for i in found.inputs] == inputs
    assert found.variants == {}
    assert (found.paper, found.tasks, found.claims) == (whole.paper, whole.tasks, whole.claims)


def test_further_fields_go_before():
    whole = systems.get("mri-gctb-recurrence-he2019")
    found = with_parts(whole, whole.parts[0], summary="other", claims=(), inputs=whole.inputs)
    assert (found.summary, found.claims, found.inputs) == ("other", (), whole.inputs)
