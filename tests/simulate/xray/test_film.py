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


def test_a_letter_is_as_wide_in_mm_on_uneven_pixels():
    even, uneven = (
        lead(Film(marker="L"), shape=shape, pixel_mm=pixel) < 0.5
        for shape, pixel in (((200, 200), (0.5, 0.5)), ((200, 400), (0.5, 0.25)))
    )
    heights, widths = zip(*((np.ptp(np.flatnonzero(m.any(axis=1))) + 1, np.ptp(np.flatnonzero(m.any(axis=0))) + 1)
                            for m in (even, uneven)), strict=True)  # fmt: skip
    assert [h * 0.5 for h in heights] == pytest.approx([18.0, 18.0], abs=0.6)
    assert (widths[0] * 0.5, widths[1] * 0.25) == pytest.approx((18.0 * 5 / 7,) * 2, abs=0.6)


def test_letters_read_the_right_way_round():
    """L has its foot to the right of its stem and at its bottom; R its bowl at the top right."""
    for letter, corner in (("L", (1, 1)), ("R", (0, 1))):
        found = lead(Film(marker=letter, marker_at=(0.5, 0.5)), shape=(80, 80), pixel_mm=PIXEL) < 0.5
        rows, columns = np.nonzero(found)
        box = found[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        high, wide = box.shape
        assert box[:, : wide // 5].all(), "the stem"
        parts = box[: high // 2], box[high - high // 7 :]
        assert parts[corner[0]][:, wide // 2 :].mean() > 0.25
        if letter == "L":
            assert not box[: high // 2, wide // 3 :].any()
            assert box[high - high // 8 :].all()


def test_more_attenuation_is_never_darker_without_detail():
    signal = np.exp(-np.linspace(0.0, 6.0, 400, dtype=np.float32)).reshape(20, 20)
    film = shown(signal, Film(detail=0.0), pixel_mm=PIXEL)
    assert (np.diff(film.ravel()) >= 0.0).all()
    assert film.min() >= 0.0
    assert film.max() <= 1.0
    assert film.ravel()[0] < 0.1
    assert film.ravel()[-1] > 0.85


def test_detail_changes_nothing_where_there_is_none():
    even = np.full((40, 40), 0.05, np.float32)
    one, other = (shown(even, Film(detail=d), pixel_mm=PIXEL) for d in (0.0, 2.0))
    np.testing.assert_allclose(one, other, atol=1e-6)


def test_a_ray_that_nothing_is_left_of_stays_a_number():
    signal = np.array([[1.0, 0.2], [0.0, -0.01]], np.float32)
    for look in ("film", "log", "signal"):
        assert np.isfinite(shown(signal, Film(look=look), pixel_mm=PIXEL)).all()
    log = shown(signal, Film(look="log"), pixel_mm=PIXEL)
    assert log[0, 0] == pytest.approx(0.0)
    assert log[0, 1] == pytest.approx(-np.log(0.2))
    assert log[1, 0] == log[1, 1] == pytest.approx(-np.log(1e-5))


def test_the_window_is_set_by_what_lies_in_the_field():
    """Lead outside the collimator does not flatten the picture inside."""
    body = np.exp(-np.linspace(1.0, 3.0, 100 * 100, dtype=np.float32)).reshape(100, 100)
    film = Film(field=(0.6, 0.6), detail=0.0)
    through = lead(film, shape=(100, 100), pixel_mm=PIXEL)
    inside = np.s_[25:75, 25:75]
    plain, collimated = shown(body, film, pixel_mm=PIXEL), shown(body * through, film, pixel_mm=PIXEL)
    np.testing.assert_allclose(plain[inside], collimated[inside], atol=1e-6)
    assert collimated[:15].min() > 0.9, "and is white"
