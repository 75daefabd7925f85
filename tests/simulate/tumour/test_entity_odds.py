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


def test_the_prior_counts_each_entity_by_its_weight_and_by_how_much_of_it_lies_there():
    """Worked out by hand from the book: weight times the share of its tumours at these sites."""
    odds = entity_odds.odds({"benign": 1.0}, sites=KNEE, overlap=0.3)
    raw = {}
    for name in odds.entities:
        table = ENTITIES[name].tables["site"]
        raw[name] = ENTITIES[name].weight * sum(v for site, v in table.items() if site in KNEE) / sum(table.values())
    total = sum(raw.values())
    for name, share in zip(odds.entities, odds.prior, strict=True):
        assert share == pytest.approx(raw[name] / total)
    assert all(ENTITIES[n].group == Group.BENIGN for n in odds.entities)


@pytest.mark.parametrize("overlap", [0.0, 0.35, 1.0])
def test_the_posterior_averages_to_the_prior(overlap):
    """Over all that can be seen, weighted by how often it is: what Bayes' rule must give back."""
    odds = entity_odds.odds({"benign": 0.3, "malignant": 0.7}, sites=KNEE, overlap=overlap)
    seen = ("matrix", "margin")
    mean = np.zeros(len(odds.entities))
    for first in range(len(odds.words["matrix"])):
        for second in range(len(odds.words["margin"])):
            each = odds.tables["matrix"][:, first] * odds.tables["margin"][:, second]
            chance = float(odds.prior @ each)
            words_ = {"matrix": odds.words["matrix"][first], "margin": odds.words["margin"][second]}
            if chance > 0.0:
                mean += chance * odds.posterior(words_, seen=seen)
    assert mean == pytest.approx(odds.prior, abs=1e-9)


def test_nature_keeps_its_odds_when_looks_are_mixed():
    none, full = (entity_odds.odds(MIX, sites=KNEE, overlap=o) for o in (0.0, 1.0))
    for feature in entity_odds.NATURE:
        np.testing.assert_array_equal(none.tables[feature], full.tables[feature])
    for feature in set(FEATURES) - set(entity_odds.NATURE):
        assert np.ptp(full.tables[feature], axis=0).max() == pytest.approx(0.0, abs=1e-12)
        pooled = none.prior @ none.tables[feature]
        np.testing.assert_allclose(full.tables[feature][0], pooled)


def test_groups_part_the_entities():
    odds = entity_odds.odds({"benign": 1.0, "intermediate": 1.0, "malignant": 1.0}, sites=KNEE, overlap=0.2)
    member = odds.group_of(("benign", "intermediate", "malignant"))
    assert (member.sum(axis=1) == 1.0).all()
    assert odds.prior @ member == pytest.approx([1 / 3] * 3)


def test_seen_nothing_knows_the_prior_and_what_cannot_be_rules_out():
    odds = entity_odds.odds({"osteosarcoma": 0.5, "giant cell tumour": 0.5}, sites=KNEE, overlap=0.0)
    assert odds.posterior({}, seen=()) == pytest.approx(odds.prior)
    old = odds.posterior({"age": "60-85"}, seen=("age",))
    assert old[odds.entities.index("giant cell tumour")] == pytest.approx(0.0, abs=1e-12)
