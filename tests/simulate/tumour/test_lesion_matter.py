"""Mineral and necrosis as shares of the tumour's own volume, whatever its form, counted on points of our own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from osteon.simulate.person import anatomy
from osteon.simulate.person.patient import Patient
from osteon.simulate.person.tissues import Tissue
from osteon.simulate.tumour import lesion_plan
from osteon.simulate.tumour.lesion import Content, Group, Lesion, Margin, Matrix, Region
from osteon.simulate.tumour.lesion_matter import matter, tissue_of
from osteon.simulate.tumour.lesion_plan import TUMOUR, box, see, zone

FEMUR = anatomy.bone_shapes(anatomy.frame(Patient(build=0.0)), "femur_left")
QUICK = settings(max_examples=8, deadline=None, phases=(Phase.explicit, Phase.generate))
MINERALS = (Tissue.OSTEOID, Tissue.CALCIFIED_CHONDROID, Tissue.GROUND_GLASS, Tissue.SCLEROSIS)


def lesion(**more) -> Lesion:
    base = {
        "entity": "osteosarcoma", "group": Group.MALIGNANT, "bone": "femur_left", "region": Region.METAPHYSIS,
        "centre_mm": (93.0, 1.0, 570.0), "size_mm": 50.0, "elongation": 1.3, "lobulation": 0.3, "margin": Margin.IB,
        "matrix": Matrix.OSTEOID, "mineral": 0.3, "seed": 4,
    }  # fmt: skip
    return Lesion(**{**base, **more})


def tissues(one: Lesion, *, necrotic: float, points: int = 2500) -> np.ndarray:
    """The tissues of the tumour at points drawn evenly in its box."""
    plan = lesion_plan.plan(one, FEMUR)
    made = matter(one, plan, necrotic=necrotic)
    low, high = box(plan)
    found = []
    for x, y, z in np.random.default_rng(1).uniform(low, high, (points * 8, 3)):
        at = see(plan, x, y, z)
        if zone(plan, at, x, y, z) == TUMOUR:
            found.append(tissue_of(made, plan, -min(at.lesion, at.mass), x, y, z))
        if len(found) == points:
            break
    return np.array(found)


forms = st.fixed_dictionaries({
    "size_mm": st.floats(20.0, 110.0), "elongation": st.floats(1.05, 1.9), "lobulation": st.floats(0.0, 1.0),
    "soft_tissue_mm": st.sampled_from((0.0, 8.0, 40.0)), "expansion": st.sampled_from((1.0, 1.6)),
    "breach": st.sampled_from((0.0, 0.8)), "seed": st.integers(0, 2**31 - 1),
    "matrix": st.sampled_from((Matrix.OSTEOID, Matrix.CHONDROID, Matrix.MIXED, Matrix.SCLEROTIC)),
})  # fmt: skip


@QUICK
@given(form=forms, mineral=st.floats(0.05, 0.6), necrotic=st.floats(0.0, 1.0))
def test_the_shares_are_those_drawn_whatever_the_form(form, mineral, necrotic):
    found = tissues(lesion(**form, mineral=mineral), necrotic=necrotic)
    if len(found) < 1000:
        return
    hard = np.isin(found, MINERALS)
    assert hard.mean() == pytest.approx(mineral, abs=0.05)
    assert (found[~hard] == Tissue.NECROSIS).mean() == pytest.approx(necrotic, abs=0.06)


def test_a_lytic_tumour_has_no_mineral_whatever_was_drawn():
    found = tissues(lesion(matrix=Matrix.LYTIC, mineral=0.5), necrotic=0.0)
    assert set(found) == {Tissue.TUMOUR}


@pytest.mark.parametrize(("share", "kinds"), [(0.0, {Tissue.TUMOUR}), (1.0, {Tissue.NECROSIS})])
def test_none_and_all_are_exactly_none_and_all(share, kinds):
    assert set(tissues(lesion(mineral=0.0), necrotic=share)) == kinds


def test_the_same_lesion_has_the_same_matter_and_more_necrosis_holds_the_less():
    """One field with a rising threshold: what was dead stays dead."""
    one = lesion()
    few, many, again = (tissues(one, necrotic=share) for share in (0.3, 0.7, 0.3))
    assert (few == again).all()
    assert (many[few == Tissue.NECROSIS] == Tissue.NECROSIS).all()
    assert (np.isin(few, MINERALS) == np.isin(many, MINERALS)).all()
    other = tissues(lesion(seed=5), necrotic=0.3)
    assert (few[: len(other)] != other[: len(few)]).mean() > 0.1


def test_necrosis_lies_deep():
    one = lesion(mineral=0.0, size_mm=70.0)
    plan = lesion_plan.plan(one, FEMUR)
    made = matter(one, plan, necrotic=0.4)
    low, high = box(plan)
    depths: dict[bool, list[float]] = {True: [], False: []}
    for x, y, z in np.random.default_rng(2).uniform(low, high, (40_000, 3)):
        at = see(plan, x, y, z)
        if zone(plan, at, x, y, z) == TUMOUR:
            depth = -min(at.lesion, at.mass)
            depths[tissue_of(made, plan, depth, x, y, z) == Tissue.NECROSIS].append(depth)
    assert np.mean(depths[True]) > np.mean(depths[False]) + 2.0


def test_blood_settles_behind_and_septa_part_the_chambers():
    one = lesion(matrix=Matrix.LYTIC, content=Content.BLOOD, size_mm=60.0)
    plan = lesion_plan.plan(one, FEMUR)
    made = matter(one, plan, necrotic=0.0)
    low, high = box(plan)
    places: dict[int, list[float]] = {}
    for x, y, z in np.random.default_rng(3).uniform(low, high, (30_000, 3)):
        at = see(plan, x, y, z)
        if zone(plan, at, x, y, z) == TUMOUR:
            places.setdefault(tissue_of(made, plan, -at.lesion, x, y, z), []).append(y)
    assert set(places) == {Tissue.BLOODY_FLUID, Tissue.CYST_FLUID, Tissue.FIBROUS}
    assert min(places[Tissue.BLOODY_FLUID]) > one.centre_mm[1] - 3.5
    assert max(places[Tissue.CYST_FLUID]) < one.centre_mm[1] + 3.5
    assert 0.02 < len(places[Tissue.FIBROUS]) / sum(map(len, places.values())) < 0.2


@pytest.mark.parametrize(
    ("content", "tissue"),
    [(Content.SOLID, Tissue.TUMOUR), (Content.CARTILAGE, Tissue.CHONDROID), (Content.FLUID, Tissue.CYST_FLUID),
     (Content.FIBROUS, Tissue.FIBROUS), (Content.BONE, Tissue.TRABECULAR)],
)  # fmt: skip
def test_what_lies_between_the_mineral(content, tissue):
    found = tissues(lesion(content=content, mineral=0.2), necrotic=0.0, points=1500)
    assert set(found) == {tissue, Tissue.OSTEOID}
