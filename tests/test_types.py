"""The records: frozen, by name, light."""

import dataclasses
import inspect
import subprocess
import sys

import pytest

from osteon import contract, types


def records(module) -> list[type]:
    return [c for _, c in inspect.getmembers(module, dataclasses.is_dataclass) if c.__module__ == module.__name__]


@pytest.mark.parametrize("record", records(types) + records(contract), ids=lambda c: c.__name__)
def test_every_record_is_frozen_keyword_only_and_documented(record: type) -> None:
    assert record.__dataclass_params__.frozen
    assert all(f.kw_only for f in dataclasses.fields(record))
    assert len(inspect.getdoc(record)) > 20


def test_records_load_neither_numpy_nor_torch() -> None:
    code = "import sys, osteon.types, osteon.contract, osteon.systems; print({'numpy', 'torch'} & set(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "set()"


def test_only_keeps_the_order_and_nothing_else() -> None:
    studies = tuple(types.Study(name=n, patient=n, data={}) for n in "abc")
    cohort = types.Cohort(name="x", studies=studies)
    assert [s.name for s in cohort.only({"c", "a"}).studies] == ["a", "c"]


def test_label_of_prefers_the_task_and_refuses_foreign_words() -> None:
    task = contract.Classify(name="film", classes=("benign", "malignant"))
    study = types.Study(
        name="s", patient="p", data={}, truth=types.Truth(labels={"label": "benign", "film": "malignant"})
    )
    assert contract.label_of(study, task) == 1
    other = dataclasses.replace(study, truth=types.Truth(labels={"label": "odd"}))
    assert contract.label_of(other, task) is None
    assert contract.label_of(dataclasses.replace(study, truth=None), task) is None
