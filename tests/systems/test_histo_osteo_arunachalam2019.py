"""What sheet 33 asks of the osteosarcoma tiles: five layers, two steps, the map, the share of necrosis."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from osteon import systems
from osteon.errors import GeometryError
from osteon.systems import histo_osteo_arunachalam2019 as histo
from osteon.types import Grid, Image, Output, Study
from tests import phantoms

# One colour a class; an oracle that reads the colour stands in for the network.
COLOURS = np.array([[235, 190, 215], [215, 120, 150], [120, 70, 160]], dtype=np.uint8)


def _oracle(study: Study) -> list:
    samples = list(histo.SYSTEM.parts[0].prepare(study, {}))
    outputs = []
    for sample in samples:
        colour = np.median(sample.inputs["image"] * 255, axis=(1, 2))
        nearest = np.abs(COLOURS - colour).sum(axis=1).argmin()
        logits = np.where(np.arange(3) == nearest, 8.0, 0.0)
        values = {"logits": logits, "features": np.zeros(4)}
        outputs.append(Output(sample=replace(sample, inputs={}, targets={}), values=values))
    return histo.SYSTEM.decode({"patches": tuple(outputs)}, study)


def test_five_learned_layers():
    network = histo.SYSTEM.parts[0].build()
    learned = [m for m in network.modules() if isinstance(m, (torch.nn.Conv2d, torch.nn.Linear))]
    assert len(learned) == 5
    assert [m.out_channels for m in learned[:3]] == [32, 64, 128]
    assert [m.out_features for m in learned[3:]] == [256, 3]
    assert sum(p.numel() for p in network.parameters()) == 8_482_883


def test_product_of_the_two_steps_is_the_joint_probability(rng):
    for joint in rng.dirichlet([1, 1, 1], size=50):
        (non_tumour, tumour), (necrosis, viable) = histo.two_steps(joint.tolist())
        assert (non_tumour, tumour * necrosis, tumour * viable) == pytest.approx(tuple(joint))
        assert necrosis + viable == pytest.approx(1)


def test_no_tumour_leaves_the_second_step_open():
    assert histo.two_steps((1.0, 0.0, 0.0)) == ((1.0, 0.0), (0.5, 0.5))


def test_share_of_necrosis_leaves_non_tumour_out():
    assert histo.necrosis_percent(np.array([0, 0, 0, 1, 2, 2, 2])) == pytest.approx(25)
    assert histo.necrosis_percent(np.array([0, 0])) is None


def test_the_map_of_a_tile_lies_on_its_pixels():
    pixels = np.empty((300, 500, 3), dtype=np.uint8)
    pixels[:] = COLOURS[0]
    pixels[128:256, 256:384] = COLOURS[1]
    pixels[:128, 384:] = COLOURS[2]
    tile = Image(grid=Grid(shape=(300, 500)), modality="OT", load=lambda: pixels)
    tissue, *_, necrosis = _oracle(Study(name="s", patient="p", data={"tile": tile}))
    expected = np.ones((300, 500), dtype=int)
    expected[128:256, 256:384] = 2
    expected[:128, 384:] = 3
    assert np.array_equal(tissue.label_map, expected)
    assert tissue.heat_map[200, 300] > 0.99
    assert tissue.heat_map[290, 10] < 0.01
    assert necrosis.value == pytest.approx(50)


@pytest.mark.parametrize(("um_per_pixel", "patches"), [(None, 4), (1.0, 4), (0.5, 1), (2.0, 16)])
def test_a_tile_that_states_its_scale_is_brought_to_that_of_the_network(um_per_pixel, patches):
    pixels = np.full((256, 256, 3), COLOURS[2], dtype=np.uint8)
    spacing_mm = None if um_per_pixel is None else (um_per_pixel / 1000.0,) * 2
    tile = Image(grid=Grid(shape=(256, 256), spacing_mm=spacing_mm), modality="OT", load=lambda: pixels)
    study = Study(name="s", patient="p", data={"tile": tile})
    assert len(list(histo.SYSTEM.parts[0].prepare(study, {}))) == patches
    tissue, *_ = _oracle(study)
    assert tissue.label_map.shape == (256, 256)


@pytest.mark.parametrize("um_per_pixel", [0.25, 0.5, 1.0])
def test_the_map_of_a_slide_lies_at_the_right_place(um_per_pixel):
    """Tissue at known micrometres, whatever the magnification it was scanned at."""
    per_um = round(1 / um_per_pixel)
    size = 128 * per_um
    pixels = np.full((4 * size, 6 * size, 3), 245, dtype=np.uint8)
    pixels[size : 2 * size, 4 * size : 5 * size] = COLOURS[1]
    pixels[3 * size :, : 2 * size] = COLOURS[2]
    slide = phantoms.slide_of(pixels, um_per_pixel=um_per_pixel)
    tissue, *_, necrosis = _oracle(Study(name="s", patient="p", data={"slide": slide}))
    expected = np.zeros((4, 6), dtype=int)
    expected[1, 4] = 2
    expected[3, :2] = 3
    assert np.array_equal(tissue.label_map, expected)
    assert necrosis.value == pytest.approx(100 / 3)
    assert necrosis.unit == "%"


def test_a_slide_of_unknown_scale_is_refused():
    slide = phantoms.slide_of(np.full((300, 300, 3), 120, dtype=np.uint8), um_per_pixel=None)
    with pytest.raises(GeometryError, match="states no pixel size"):
        list(histo.SYSTEM.parts[0].prepare(Study(name="s", patient="p", data={"slide": slide}), {}))


def test_glass_is_no_sample():
    slide = phantoms.slide_of(np.full((300, 300, 3), 245, dtype=np.uint8), um_per_pixel=1.0)
    assert list(histo.SYSTEM.parts[0].prepare(Study(name="s", patient="p", data={"slide": slide}), {})) == []


def test_no_feature_is_a_running_number():
    assert not {"X_x", "X_1", "X_y", "ImageNumber"} & set(histo.FEATURES)
    assert len(histo.FEATURES) == len(set(histo.FEATURES)) == 62


def test_labels_of_all_three_tasks_come_from_one_word():
    from osteon.contract import label_of

    study = phantoms.study(systems.get("histo-osteo-arunachalam2019"), index=1)  # necrosis
    assert [label_of(study, t) for t in (histo.TISSUE, histo.TUMOUR, histo.VIABILITY)] == [1, 1, 0]


@pytest.mark.data
def test_every_row_of_the_real_table_has_all_features(data_dir):
    from osteon import cohorts

    cohort = cohorts.load(data_dir / "osteosarcoma_ut")
    assert len(cohort.studies) == 1144
    part = systems.get("histo-osteo-arunachalam2019.forest").parts[0]
    rows = np.stack([s.inputs["features"] for study in cohort.studies for s in part.prepare(study, {})])
    assert rows.shape == (1144, 62)
    assert np.isnan(rows).sum() <= 2
