"""Where the time went."""

from dataclasses import replace
from pathlib import Path

import pytest
import tiny

from osteon import engine
from osteon.engine.profile import Profile
from osteon.errors import ResumableError

ROWS = (
    "part,epoch,loss,training_seconds,seconds,waiting\n"
    "net,0,1.0,10.0,12.0,0.5\nnet,1,0.9,30.0,31.0,0.1\nnet/fold-0-of-2,0,1.0,2.0,2.5,0.0\n"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    part = replace(tiny.PART, fit=replace(tiny.FIT, epochs=2))
    options = engine.TrainOptions(threads=1, device="cpu")
    return engine.train(tiny.system(part), tiny.cohort(40), tmp_path_factory.mktemp("p") / "run", options=options)


def test_the_share_of_waiting_is_weighted_by_time(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "run.json").write_bytes((folder / "run.json").read_bytes())
    (tmp_path / "log.csv").write_text(ROWS)
    whole, fold = engine.profile(tmp_path)
    assert (whole.part, whole.epochs, whole.training_s, whole.validating_s) == ("net", 2, 40, 3)
    assert whole.waiting == pytest.approx((5 + 3) / 40)
    assert whole.words.endswith("20.0% of the training time waiting for data; give more --workers")
    assert (fold.part, fold.waiting) == ("net/fold-0-of-2", 0)
    assert "workers" not in fold.words


def test_of_a_real_run(folder: Path) -> None:
    (found,) = engine.profile(folder)
    assert isinstance(found, Profile)
    assert 0 <= found.waiting <= 1
    assert found.epochs == 2
    assert found.training_s > 0


def test_a_run_that_is_not_finished_has_none_yet(folder: Path, tmp_path: Path) -> None:
    text = (folder / "run.json").read_text().replace('"finished"', '"training"')
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(ResumableError, match="is not finished"):
        engine.profile(tmp_path)
