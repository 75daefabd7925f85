"""`osteon agreement` on two people's cohorts of the same films."""

import csv
import json

import numpy as np
import pytest
from PIL import Image as Pillow
from sklearn.metrics import cohen_kappa_score

from osteon import cli
from osteon.cli.readers import _names
from osteon.errors import RequestError

WORDS = ("benign", "malignant")


@pytest.fixture(autouse=True)
def key(tmp_path, monkeypatch):
    monkeypatch.setenv("OSTEON_KEY", str(tmp_path / "key"))


def annotate(root, labels, shift):
    """Write a cohort of small films with one person's labels and outlines."""
    root.mkdir(parents=True)
    rows = []
    for i, label in enumerate(labels):
        pixels = np.random.default_rng(i).integers(0, 255, (32, 32)).astype(np.uint8)
        mask = np.zeros((32, 32), np.uint8)
        mask[8 + shift : 20 + shift, 8:20] = 255
        for name, array in ((f"f{i}.png", pixels), (f"m{i}.png", mask)):
            Pillow.fromarray(array).save(root / name)
        rows.append({"patient": f"id{i}", "path": f"f{i}.png", "mask": f"m{i}.png", "label": WORDS[label]})
    with (root / "cohort.csv").open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return root


def run(*words, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main([str(word) for word in words])
    return int(stop.value.code or 0), capsys.readouterr().out


def test_labels_and_outlines_of_two_people(tmp_path, rng, capsys):
    first = rng.integers(0, 2, 20)
    second = np.where(rng.random(20) < 0.8, first, 1 - first)
    folders = annotate(tmp_path / "ann", first, 0), annotate(tmp_path / "bert", second, 3)
    code, out = run("agreement", *folders, "--json", capsys=capsys)
    found = {row["metric"]: row for row in json.loads(out)}
    assert code == 0
    assert found["kappa"]["value"] == pytest.approx(cohen_kappa_score(first, second))
    assert found["kappa"]["task"] == "label: ann and bert"
    assert found["dice"]["value"] == pytest.approx(2 * 9 * 12 / (2 * 144))
    assert found["dice"]["n"] == 20


def test_one_person_cannot_agree(tmp_path, capsys):
    code, _ = run("agreement", annotate(tmp_path / "ann", [0, 1], 0), capsys=capsys)
    assert code == RequestError.exit_code


def test_folders_of_one_name_are_numbered(tmp_path):
    assert _names([tmp_path / "a" / "films", tmp_path / "b" / "films", tmp_path / "c"]) == ["films 1", "films 2", "c"]
