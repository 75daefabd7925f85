import numpy as np
import pytest

from osteon.errors import InputError
from osteon.transforms.wash_maps import Curve, curve_of, wash_maps

TIMES = tuple(np.arange(12) * 15.0 + 7.5)


def curve(*values):
    return np.array(values, np.float32)[:, None]


def test_the_figures_of_a_curve_by_hand():
    """Arrival at 20 s: frame 0 is the baseline, wash-in at 52.5 s, early peak up to 95 s."""
    frames = curve(100, 110, 150, 180, 230, 250, 240, 230, 220, 210, 205, 200)
    maps = wash_maps(frames, TIMES, arrival_s=20.0)
    assert maps.wash_in.tolist() == [80.0]
    assert maps.maximum.tolist() == [150.0]
    assert maps.wash_out.tolist() == [-20.0]


def test_kinds_of_curve():
    rising = wash_maps(curve(*np.linspace(100, 200, 12)), TIMES, arrival_s=20.0)
    assert curve_of(float(rising.wash_out[0])) is Curve.PERSISTENT
    flat = wash_maps(curve(100, *[200] * 11), TIMES, arrival_s=20.0)
    assert curve_of(float(flat.wash_out[0])) is Curve.PLATEAU
    assert curve_of(-6.6) is Curve.WASH_OUT
    assert curve_of(-6.6, limit_percent=10.0) is Curve.PLATEAU


def test_maps_do_not_depend_on_gain_and_know_no_signal(rng):
    frames = rng.uniform(100, 200, (12, 2, 3)).astype(np.float32)
    frames[:, 0, 0] = 0
    one, other = (wash_maps(f, TIMES, arrival_s=20.0) for f in (frames, 7 * frames))
    for name, values in vars(one).items():
        assert values.shape == (2, 3)
        assert values[0, 0] == 0
        assert getattr(other, name) == pytest.approx(values, abs=1e-3)


@pytest.mark.parametrize(("arrival_s", "frames"), [(0.0, 12), (150.0, 12), (20.0, 11)])
def test_a_series_without_baseline_or_end_is_refused(arrival_s, frames):
    with pytest.raises(InputError, match="arrival_s"):
        wash_maps(np.ones((frames, 1)), TIMES, arrival_s=arrival_s)
