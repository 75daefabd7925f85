"""What parts build: named without being loaded, built anew each time."""

import subprocess
import sys

import numpy as np
import pytest

from osteon.systems._build import estimator, inception, lite0


def test_naming_a_network_or_an_estimator_loads_neither():
    code = (
        "import sys; from osteon.systems._build import estimator, inception, lite0;"
        "estimator('forest', keep=5), lite0(classes=2), inception(classes=3);"
        "sys.exit(bool({'torch', 'sklearn', 'timm'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(("kind", "settings"), [("logistic", {"cost": 0.03}), ("forest", {"min_leaf": 3}), ("svm", {})])
def test_an_estimator_has_its_settings_and_is_built_anew(kind, settings):
    build = estimator(kind, **settings)
    one, other = build(), build()
    assert one is not other
    assert repr(one) == repr(other)
    last = one.steps[-1][1].get_params()
    assert {"cost": last.get("C"), "min_leaf": last.get("min_samples_leaf")}.items() >= settings.items()


@pytest.mark.parametrize(("keep", "seen"), [(None, 6), (2, 2), (9, 6)])
def test_an_estimator_is_shown_the_columns_that_tell_most(keep, seen):
    rng = np.random.default_rng(0)
    truth = np.arange(40) % 2
    rows = rng.normal(size=(40, 6))
    rows[:, [1, 4]] += 3 * truth[:, None]
    if keep == 9:
        with pytest.warns(UserWarning, match="k=9"):
            model = estimator("logistic", keep=keep)().fit(rows, truth)
    else:
        model = estimator("logistic", keep=keep)().fit(rows, truth)
    assert model.steps[-1][1].coef_.shape == (1, seen)
    assert model.score(rows, truth) > 0.9


@pytest.mark.parametrize("build", [lite0, inception])
def test_networks_have_a_logit_a_class(build):
    assert any(len(p) == 7 for p in build(classes=7)().parameters())
    assert not any(len(p) == 7 for p in build(classes=2)().parameters())


def test_lite0_passes_its_settings_on():
    frozen = lite0(classes=2, frozen=3)()
    assert any(not p.requires_grad for p in frozen.parameters())
    assert all(p.requires_grad for p in lite0(classes=2)().parameters())
