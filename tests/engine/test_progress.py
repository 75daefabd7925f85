"""The bar: on a terminal it shows how far a job is, elsewhere it is silent and costs nothing."""

import io

import pytest
from rich.console import Console
from rich.progress import Progress

from osteon.engine import progress
from osteon.engine.checkpoint import Where
from osteon.engine.progress import Bar


@pytest.fixture
def shown() -> tuple[Bar, Progress]:
    console = Console(file=io.StringIO(), force_terminal=True)
    inner = Progress(console=console)
    return Bar(inner), inner


def task(inner: Progress):
    (one,) = inner.tasks
    return one


def test_without_a_terminal_nothing_is_shown(capsys: pytest.CaptureFixture) -> None:
    with progress.bar() as bar:
        assert list(bar.over("abc", "reading", 3)) == ["a", "b", "c"]
        bar.training("net")(Where(), {"steps": 3, "epochs": 2})
        bar.begin("x", 1)
        bar.at(1)
    assert capsys.readouterr() == ("", "")


def test_items_are_counted_as_they_are_done(shown) -> None:
    bar, inner = shown
    stream = bar.over([1, 2, 3], "predicting", 3)
    next(stream)
    assert (task(inner).description, task(inner).total, task(inner).completed) == ("predicting", 3, 0)
    next(stream)
    assert task(inner).completed == 1
    assert list(stream) == [3]
    assert task(inner).completed == 3


def test_a_new_job_takes_the_place_of_the_last(shown) -> None:
    bar, inner = shown
    list(bar.over("ab", "one", 2))
    list(bar.over("abc", "two", 3))
    assert (task(inner).description, task(inner).total) == ("two", 3)


def test_a_training_moves_by_steps_and_names_the_figures_of_its_epochs(shown) -> None:
    bar, inner = shown
    report = bar.training("net")
    report(Where(epoch=1, step=5), {"steps": 10, "epochs": 4})
    assert (task(inner).completed, task(inner).total) == (1.5, 4)
    report(Where(epoch=2), {"epoch": 1, "loss": 0.25, "val_loss": 0.5, "seconds": 3.0, "waiting": 0.1, "kept": 1})
    assert task(inner).description == "net epoch 2: loss 0.25, val_loss 0.5"
    assert task(inner).completed == 2


def test_on_a_terminal_it_goes_to_standard_error_and_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(screen, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setattr(progress, "Console", lambda **_: Console(file=screen, force_terminal=True, width=100))
    with progress.bar() as bar:
        list(bar.over("ab", "judging", 2))
    assert "judging" in screen.getvalue()
