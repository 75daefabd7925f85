from __future__ import annotations

import numpy as np
import pytest

from osteon.simulate.person import anatomy, anatomy_sites, bones
from osteon.simulate.person.anatomy_raster import depth_of
from osteon.simulate.person.anatomy_sites import SITES
from osteon.simulate.person.patient import Patient
from osteon.simulate.tumour import entity_draw, entity_odds
from osteon.simulate.tumour.entity import BINS
from osteon.simulate.tumour.entity_odds import Drawn
from osteon.simulate.tumour.lesion import Region

ALL = entity_odds.odds({"benign": 1.0, "intermediate": 0.4, "malignant": 1.0}, sites=tuple(SITES), overlap=0.5)


def test_the_lesion_is_what_the_words_say():
    rng = np.random.default_rng(3)
    for index in range(12):
        drawn = ALL.draw(rng)
        patient = entity_draw.patient_of(drawn, index=index, seed=1)
        lesion, words = patient.lesions[0], drawn.words
        assert (str(lesion.matrix), str(lesion.content), str(lesion.margin)) == (
            words["matrix"], words["content"], words["margin"],
        )  # fmt: skip
        assert BINS["age"][words["age"]][0] <= patient.age_years <= BINS["age"][words["age"]][1]
        assert patient.sex == words["sex"]
        assert bones.kind(lesion.bone) == SITES[words["site"]].bone.split("_")[0]
        low, high = BINS["uptake"][words["uptake"]]
        assert low <= lesion.uptake_ratio <= high


def test_what_an_image_shows_does_not_depend_on_the_entity():
    """The same words give the same lesion, whatever the entity: else a reader could beat the ideal observer."""
    words = ALL.draw_of("osteosarcoma", np.random.default_rng(0)).words
    one, other = (
        entity_draw.patient_of(Drawn(entity=e, words=words), index=4, seed=2) for e in ("osteosarcoma", "enchondroma")
    )
    named = {"entity", "group", "grade", "origin"}
    differing = {n for n in vars(one.lesions[0]) if getattr(one.lesions[0], n) != getattr(other.lesions[0], n)}
    assert differing <= named
    assert (one.age_years, one.height_cm, one.bone_mass) == (other.age_years, other.height_cm, other.bone_mass)


@pytest.mark.parametrize("site", sorted(SITES))
def test_a_site_lies_in_its_bone(site):
    patient = Patient(index=7)
    for side in ("left", "right"):
        rng = np.random.default_rng(1)
        bone, centre = anatomy_sites.centre_of(patient, site, side=side, along=0.5, aside=0.3, rng=rng)
        depth = depth_of(anatomy.bone_shapes(anatomy.frame(patient), bone), *centre)
        assert depth > 0 if SITES[site].region is Region.SOFT_TISSUE else depth < 0.5
        if bones.side(bone):
            assert bones.side(bone) == side
            assert (centre[0] > 0) is (side == "left")


def test_people_are_of_their_age():
    people = [entity_draw.anyone(i, seed=0, age=(1.0, 90.0)) for i in range(300)]
    young = [p for p in people if 8 < p.age_years < 10]
    grown = [p for p in people if p.age_years > 20]
    assert all(120 < p.height_cm < 155 for p in young)
    assert np.mean([p.height_cm for p in grown if p.sex == "male"]) == pytest.approx(177, abs=3)
    old = [p for p in people if p.age_years > 70 and p.sex == "female"]
    assert np.mean([p.bone_mass for p in old]) < 0.8 < np.mean([p.bone_mass for p in young])
    assert np.mean([p.degeneration for p in old]) > 0.6
    assert all(12 < p.body_mass_index < 41 for p in people)
