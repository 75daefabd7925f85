from __future__ import annotations

import numpy as np
import pytest

from osteon.errors import RequestError
from osteon.simulate.person import anatomy_sites
from osteon.simulate.person.anatomy_sites import SITES
from osteon.simulate.tumour import entity_odds
from osteon.simulate.tumour.entity import BINS, ENTITIES, FEATURES, words
from osteon.simulate.tumour.lesion import Content, Group, Margin, Matrix, Periosteum

KNEE = anatomy_sites.within("knee")
MIX = {"benign": 0.5, "malignant": 0.5}


def test_the_book_is_whole():
    assert set(words("site")) <= set(SITES)
    for feature, known in (("matrix", Matrix), ("content", Content), ("margin", Margin), ("periosteum", Periosteum)):
        assert set(words(feature)) <= {str(word) for word in known}
    for entity in ENTITIES.values():
        assert set(entity.tables) == set(FEATURES)
        assert all(share > 0 for table in entity.tables.values() for share in table.values())
        for feature, bins in BINS.items():
            assert set(entity.tables[feature]) <= set(bins)
    assert {e.group for e in ENTITIES.values()} == set(Group)


def test_entities_keep_to_their_ages_and_places():
    assert "60-85" not in ENTITIES["non-ossifying fibroma"].tables["age"]
    assert ENTITIES["prostate metastasis"].tables["sex"] == {"male": 1.0}
    assert set(ENTITIES["chordoma"].tables["site"]) == {"sacrum", "lower sacrum"}


def test_the_prior_is_the_mix():
    odds = entity_odds.odds({"benign": 3.0, "giant cell tumour": 1.0}, sites=KNEE, overlap=0.5)
    shares = dict(zip(odds.entities, odds.prior, strict=True))
    assert shares["giant cell tumour"] == pytest.approx(0.25)
    assert sum(s for e, s in shares.items() if ENTITIES[e].group == "benign") == pytest.approx(0.75)
    for table in odds.tables.values():
        assert table.sum(axis=1) == pytest.approx(np.ones(len(odds.entities)))


def test_draws_follow_the_tables():
    odds = entity_odds.odds(MIX, sites=KNEE, overlap=0.4)
    rng = np.random.default_rng(0)
    drawn = [odds.draw_of("osteosarcoma", rng).words["margin"] for _ in range(4000)]
    row = odds.tables["margin"][odds.entities.index("osteosarcoma")]
    for word, share in zip(odds.words["margin"], row, strict=True):
        assert drawn.count(word) / 4000 == pytest.approx(share, abs=0.03)


def test_the_posterior_is_bayes_rule_by_counting():
    odds = entity_odds.odds({"osteosarcoma": 0.5, "enchondroma": 0.5}, sites=KNEE, overlap=0.6)
    rng = np.random.default_rng(1)
    drawn = [odds.draw(rng) for _ in range(20000)]
    alike = [d for d in drawn if (d.words["margin"], d.words["mass"]) == ("IB", "none")]
    counted = np.mean([d.entity == "osteosarcoma" for d in alike])
    said = odds.posterior({"margin": "IB", "mass": "none"}, seen=("margin", "mass"))[
        odds.entities.index("osteosarcoma")
    ]
    assert len(alike) > 500
    assert counted == pytest.approx(said, abs=0.05)


def test_overlap_goes_from_the_book_to_nothing_to_see():
    none, full = (entity_odds.odds(MIX, sites=KNEE, overlap=o) for o in (0.0, 1.0))
    looks = {"matrix": "chondroid", "margin": "IA", "size": "10-25"}
    assert none.posterior(looks, seen=[*looks]) @ none.group_of(["benign"])[:, 0] > 0.97
    assert full.posterior(looks, seen=[*looks]) == pytest.approx(full.prior)


@pytest.mark.parametrize(
    ("mix", "sites", "overlap", "said"),
    [(MIX, KNEE, 1.2, "overlap of 1.2"), (MIX, KNEE, float("nan"), "overlap of nan"), (MIX, ("hand",), 0.5, "arises"),
     ({"chordoma": 1.0}, KNEE, 0.5, "arises")],
)  # fmt: skip
def test_impossible_odds_are_refused(mix, sites, overlap, said):
    with pytest.raises(RequestError, match=said):
        entity_odds.odds(mix, sites=sites, overlap=overlap)
