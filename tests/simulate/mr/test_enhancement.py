import numpy as np
import pytest

from osteon.errors import RequestError
from osteon.simulate.mr import enhancement
from osteon.simulate.person.tissues import Tissue
from osteon.simulate.tumour.entity import ENTITIES


def test_every_tissue_is_in_the_table():
    assert set(enhancement.TISSUES) == set(Tissue)
    arrays = enhancement.tissue_kinetics()
    assert arrays.ve[Tissue.TUMOUR] == enhancement.TISSUES[Tissue.TUMOUR].ve
    assert arrays.ktrans_per_min[200] == 0.0


def test_tumours_are_drawn_around_their_kind(rng):
    drawn = [enhancement.draw_kinetics("metastasis", origin="kidney", rng=rng) for _ in range(2000)]
    logs = np.log([k.ktrans_per_min for k in drawn])
    assert np.exp(logs.mean()) == pytest.approx(enhancement.ORIGINS["kidney"].ktrans_per_min, rel=0.03)
    assert logs.std() == pytest.approx(enhancement.SPREAD["ktrans_per_min"], rel=0.05)
    assert max(k.ve for k in drawn) <= 0.9


def test_lung_empties_slowest():
    kep = {name: k.ktrans_per_min / k.ve for name, k in enhancement.ORIGINS.items()}
    assert min(kep, key=kep.get) == "lung"


def test_unknown_primary_is_refused(rng):
    with pytest.raises(RequestError, match="lung"):
        enhancement.draw_kinetics("metastasis", origin="spleen", rng=rng)


@pytest.mark.parametrize("name", sorted(ENTITIES))
def test_every_kind_of_tumour_has_kinetics_of_its_own(name, rng):
    origin = ENTITIES[name].origin
    assert (name in enhancement.ENTITIES) != (origin in enhancement.ORIGINS)
    assert enhancement.draw_kinetics(name, origin=origin, rng=rng).ve > 0
