import numpy as np
import pytest

from osteon.errors import RequestError
from osteon.simulate.xray.film import Film, lead, shown

PIXEL = (0.5, 0.5)


def test_without_lead_everything_passes():
    assert (lead(Film(), shape=(20, 30), pixel_mm=PIXEL) == 1).all()


def test_the_collimator_leaves_its_share_open():
    through = lead(Film(field=(0.5, 0.8)), shape=(100, 100), pixel_mm=PIXEL)
    assert (through == 1).mean() == pytest.approx(0.4)
    assert (through[25:75, 10:90] == 1).all()
    assert through[0, 0] < 0.01


@pytest.mark.parametrize("letter", ["L", "R"])
def test_the_marker_has_its_size_and_place(letter):
    through = lead(Film(marker=letter, marker_at=(0.3, 0.7), marker_mm=14.0), shape=(200, 200), pixel_mm=PIXEL)
    rows, columns = np.nonzero(through < 1)
    assert rows.max() - rows.min() + 1 == 28
    assert columns.max() - columns.min() + 1 == 20
    assert (rows.max() + rows.min()) / 2 == pytest.approx(60, abs=1)
    assert (columns.max() + columns.min()) / 2 == pytest.approx(140, abs=1)


def test_letters_differ():
    left, right = (lead(Film(marker=m), shape=(200, 200), pixel_mm=PIXEL) for m in "LR")
    assert (left != right).any()


@pytest.mark.parametrize("at", [(0.0, 0.0), (1.0, 1.0), (-0.5, 0.5)])
def test_a_marker_may_hang_over_the_edge(at):
    through = lead(Film(marker="R", marker_at=at), shape=(64, 48), pixel_mm=PIXEL)
    assert through.shape == (64, 48)


def test_the_marker_follows_the_field():
    film = Film(marker="L", marker_at=(0.1, 0.1), field=(0.5, 0.5), marker_mm=5.0)
    through = lead(film, shape=(200, 200), pixel_mm=PIXEL)
    opened = through[50:150, 50:150]
    assert (opened < 1).any()


@pytest.mark.parametrize(("film", "says"), [(Film(marker="X"), "marker"), (Film(field=(0.0, 1.0)), "field")])
def test_impossible_films_are_refused(film, says):
    with pytest.raises(RequestError, match=says):
        lead(film, shape=(32, 32), pixel_mm=PIXEL)


def _signal():
    thickness = np.linspace(0.0, 6.0, 64 * 64).reshape(64, 64)
    return np.exp(-thickness).astype(np.float32)


def test_a_film_is_bright_where_the_body_is_thick():
    grey = shown(_signal(), Film(detail=0.0), pixel_mm=PIXEL).ravel()
    assert (np.diff(grey) >= 0).all()
    assert grey.min() >= 0
    assert grey.max() <= 1
    assert grey[0] < 0.15
    assert grey[-1] > 0.85


def test_contrast_makes_it_harder():
    hard, soft = (shown(_signal(), Film(contrast=c), pixel_mm=PIXEL) for c in (0.5, 2.0))
    assert hard.std() > soft.std()


def test_log_and_signal_are_what_they_say():
    signal = _signal()
    np.testing.assert_allclose(shown(signal, Film(look="log"), pixel_mm=PIXEL), -np.log(signal), rtol=1e-6)
    assert (shown(signal, Film(look="signal"), pixel_mm=PIXEL) == signal).all()
    assert np.isfinite(shown(np.zeros((4, 4), np.float32), Film(look="log"), pixel_mm=PIXEL)).all()


def test_a_shutter_blackens_what_is_outside_the_field():
    white, black = (shown(_signal(), Film(field=(0.5, 0.5), shutter=s), pixel_mm=PIXEL) for s in ("none", "black"))
    assert (black[:16] == 0).all()
    assert (black[20:40, 20:40] == white[20:40, 20:40]).all()


def test_an_empty_film_has_a_look_too():
    assert np.isfinite(shown(np.ones((8, 8), np.float32), Film(), pixel_mm=PIXEL)).all()


def test_detail_raises_what_is_fine_and_leaves_the_coarse():
    axis = np.arange(200) * 0.5
    fine, coarse = (0.1 * np.sin(2 * np.pi * axis / mm)[None, :] + np.ones((200, 1)) for mm in (3.0, 90.0))
    for wave, gain in ((fine, 1.5), (coarse, 1.06)):
        plain, raised = (shown(np.exp(-wave), Film(detail=d), pixel_mm=PIXEL)[100, 60:140] for d in (0.0, 0.5))
        logit = [np.log(grey / (1 - grey)) for grey in (plain, raised)]
        assert np.ptp(logit[1]) / np.ptp(logit[0]) == pytest.approx(gain, abs=0.09)
