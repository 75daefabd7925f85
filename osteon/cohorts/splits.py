"""Split a cohort by patient, always.

A plan is a word: `70/20/10` (train, validation, test, stratified), `blocks:70/15/15` (so, and
neighbouring patients stay together), `kfold:5` (`kfold:5+all`: whom a fold does not test it trains on,
and none validates), `leave-one-site-out`, `leave-one-patient-out`, `column` (the cohort's `split` column),
`test-site:2` or `test-site:2,3` (those sites are the test set), `test-site:2+blocks` (so, and the
validation set is in blocks).

A split depends on the patients, their labels and the seed, never on the order of rows. Derived studies change
nothing of it: each joins the training side where all the patients it was made from may train, else no side.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from osteon.cohorts import derived
from osteon.cohorts.columns import side
from osteon.errors import CohortError, RequestError
from osteon.types import Cohort, Study

VALIDATION = 15
"""Per cent of the patients left for training that validate, where a plan only says what the test set is."""
FEWEST = 10
"""With fewer patients left to train than this, such a plan gives no validation set: it would cost a tenth or more."""

PLANS = (
    "70/20/10",
    "blocks:70/15/15",
    "kfold[:5][+all]",
    "leave-one-site-out",
    "leave-one-patient-out",
    "column",
    "test-site:NAME[,NAME][+blocks]",
)


@dataclass(frozen=True, kw_only=True)
class Split:
    """Names of the studies that train, validate and test; no patient is in two of them.

    Attributes:
        name: The plan, and for folds which: "kfold:5 fold 2", "leave-one-site-out 3".
        train, validation, test: Study names; validation or test may be empty.

    """

    name: str
    train: frozenset[str]
    validation: frozenset[str]
    test: frozenset[str]

    def part(self, study: str) -> str | None:
        """Return "train", "validation" or "test"; None for a study in none of them."""
        return next((word for word in ("train", "validation", "test") if study in getattr(self, word)), None)


def split(cohort: Cohort, plan: str = "70/20/10", *, seed: int = 0, by: str | None = None) -> Split:
    """Return the one split that `plan` asks for.

    Args:
        cohort: Its patients are split; labels and the split column come from it.
        plan: See the top of this file; plans of several folds belong to `folds`.
        seed: Another seed, another split.
        by: Label to stratify by; None takes all labels, then the outcomes.

    Raises:
        RequestError: The plan is unknown or has several folds, or names a site that is not there.
        CohortError: The split column has a word that is not one, or one patient on two sides.

    """
    found = folds(cohort, plan, seed=seed, by=by)
    if len(found) > 1:
        msg = f"The plan {plan} has {len(found)} folds; use cross-validation, or a plan of one split such as 70/20/10."
        raise RequestError(msg)
    return found[0]


def folds(cohort: Cohort, plan: str = "kfold:5", *, seed: int = 0, by: str | None = None) -> tuple[Split, ...]:
    """Return the splits of `plan`, one for each fold; a plan of one split gives one.

    Arguments and errors are those of `split`.
    """
    return tuple(with_derived(one, cohort) for one in _planned(derived.taken(cohort), plan, seed=seed, by=by))


def with_derived(split: Split, cohort: Cohort) -> Split:
    """Return `split` with the cohort's derived studies where they belong: in training, or on no side."""
    made = {s.name for s in cohort.studies if s.derived_from}
    if not made:
        return split
    held = frozenset(s.patient for s in derived.taken(cohort).studies if s.name not in split.train)
    fit = derived.may_train(cohort, held=held)
    if split.name == "column":
        fit -= {s.name for s in cohort.studies if s.split not in (None, "train")}
    return replace(split, train=(split.train - made) | fit, validation=split.validation - made, test=split.test - made)


def _planned(cohort: Cohort, plan: str, *, seed: int, by: str | None) -> tuple[Split, ...]:
    people = _order(_people(cohort, by=by), seed=seed)
    word, _, rest = plan.partition(":")
    if "/" in plan and word in (plan, "blocks"):
        return (_shares(people, plan, shares=_read_shares(rest or plan, plan)),)
    if word == "kfold" and rest.partition("+")[1:] in (("", ""), ("+", "all")):
        number, _, how = rest.partition("+")
        count = _read_count(number, plan, patients=len(people))
        return _kfold(people, plan, count=count, everyone=how == "all")
    if word == "test-site" and rest:
        sites, _, how = rest.partition("+")
        wanted = frozenset(site.strip() for site in sites.split(","))
        return (_hold_out(people, plan, test=_at(people, wanted), blocks=how == "blocks"),)
    if plan == "leave-one-site-out":
        return _leave_one_site_out(people, plan)
    if plan == "leave-one-patient-out":
        return tuple(_hold_out(people, f"{plan} {p.name}", test=[p]) for p in sorted(people, key=lambda p: p.name))
    if plan == "column":
        return (_column(cohort),)
    raise _unknown(plan)


@dataclass(frozen=True, kw_only=True)
class _Person:
    """A patient: name, studies, sites, and the words to stratify by."""

    name: str
    studies: tuple[str, ...]
    sites: frozenset[str]
    stratum: tuple[str, ...]


def _people(cohort: Cohort, *, by: str | None) -> tuple[_Person, ...]:
    groups: dict[str, list[Study]] = defaultdict(list)
    for study in cohort.studies:
        groups[study.patient].append(study)
    columns = [by] if by else sorted({c for s in cohort.studies if s.truth for c in s.truth.labels})
    counts = {column: Counter(_words(cohort.studies, column)) for column in columns}
    if by and not counts[by]:
        msg = f"No study has the label {by}, so the split cannot be stratified by it."
        raise RequestError(msg)
    return tuple(
        _Person(
            name=name,
            studies=tuple(s.name for s in groups[name]),
            sites=frozenset(s.site for s in groups[name] if s.site is not None),
            stratum=(*(_rarest(groups[name], c, counts[c]) for c in columns), *([] if by else _events(groups[name]))),
        )
        for name in sorted(groups)
    )


def _words(studies: Iterable[Study], column: str) -> list[str]:
    return [s.truth.labels[column] for s in studies if s.truth and column in s.truth.labels]


def _rarest(studies: Sequence[Study], column: str, counts: Mapping[str, int]) -> str:
    """Return the patient's word in `column`: of several the one that is rarest in the cohort, "" for none."""
    return min(_words(studies, column), key=lambda word: (counts[word], word), default="")


def _events(studies: Sequence[Study]) -> list[str]:
    happened = {e for s in studies if s.truth for e, outcome in s.truth.outcomes.items() if outcome.event}
    return sorted(happened)


def _order(people: Iterable[_Person], *, seed: int) -> list[_Person]:
    """Return the patients by stratum, and within one in an order that only name and seed decide."""

    def key(person: _Person) -> tuple[tuple[str, ...], str]:
        return person.stratum, hashlib.sha256(f"{seed}\0{person.name}".encode()).hexdigest()

    return sorted(people, key=key)


def _deal(people: Iterable[_Person], *, shares: Sequence[int]) -> list[list[_Person]]:
    """Return the patients, which come in order, dealt out so that at every point each part has its share.

    Dealing runs through the strata, so every stratum is dealt in these shares too, give or take one
    at each of its ends.
    """
    parts: list[list[_Person]] = [[] for _ in shares]
    for done, person in enumerate(people, start=1):
        lack = [share * done - len(part) * sum(shares) for share, part in zip(shares, parts, strict=True)]
        parts[lack.index(max(lack))].append(person)
    return parts


def _slice(people: Iterable[_Person], *, shares: Sequence[int]) -> list[list[_Person]]:
    """Return the patients cut, within each stratum and in the order of their names, into blocks of these shares."""
    parts: list[list[_Person]] = [[] for _ in shares]
    strata: dict[tuple[str, ...], list[_Person]] = defaultdict(list)
    for person in sorted(people, key=lambda p: p.name):
        strata[person.stratum].append(person)
    for members in strata.values():
        ends = [round(len(members) * sum(shares[: i + 1]) / sum(shares)) for i in range(len(shares))]
        for part, start, end in zip(parts, [0, *ends[:-1]], ends, strict=True):
            part.extend(members[start:end])
    return parts


def _shares(people: Sequence[_Person], plan: str, *, shares: Sequence[int]) -> Split:
    parts = _slice(people, shares=shares) if plan.startswith("blocks") else _deal(people, shares=shares)
    return _split(plan, *parts)


def _kfold(people: Sequence[_Person], plan: str, *, count: int, everyone: bool) -> tuple[Split, ...]:
    parts = _deal(people, shares=[1] * count)
    found = [_hold_out(people, f"{plan} fold {number}", test=part) for number, part in enumerate(parts, start=1)]
    return tuple(replace(s, train=s.train | s.validation, validation=frozenset()) if everyone else s for s in found)


def _hold_out(people: Sequence[_Person], name: str, *, test: Sequence[_Person], blocks: bool = False) -> Split:
    held = {person.name for person in test}
    rest = [person for person in people if person.name not in held]
    shares = (100 - VALIDATION, VALIDATION) if len(rest) >= FEWEST else (100, 0)
    train, validation = _slice(rest, shares=shares) if blocks else _deal(rest, shares=shares)
    return _split(name, train, validation, test)


def _at(people: Sequence[_Person], wanted: frozenset[str]) -> list[_Person]:
    there = frozenset(site for person in people for site in person.sites)
    if not wanted <= there:
        lacking, known = ", ".join(sorted(wanted - there)), ", ".join(sorted(there)) or "not given"
        msg = f"No study is from site {lacking}; the sites are {known}."
        raise RequestError(msg)
    return [person for person in people if person.sites & wanted]


def _leave_one_site_out(people: Sequence[_Person], plan: str) -> tuple[Split, ...]:
    sites = sorted(frozenset(site for person in people for site in person.sites))
    if len(sites) < 2:
        msg = f"Leaving one site out needs two sites; the cohort has {len(sites)}. Use 70/20/10 or kfold:5."
        raise RequestError(msg)
    return tuple(_hold_out(people, f"{plan} {site}", test=_at(people, frozenset({site}))) for site in sites)


def _column(cohort: Cohort) -> Split:
    sides: dict[str, list[str]] = {"train": [], "validation": [], "test": []}
    home: dict[str, str] = {}
    for study in sorted(cohort.studies, key=lambda s: s.name):
        if study.split is None:
            continue
        word = side(study.split)
        if word is None:
            msg = f"The split column has a word that is no side (study {study.name}); it is train, validation or test."
            raise CohortError(msg)
        if home.setdefault(study.patient, word) != word:
            msg = f"The split column puts patient {study.patient} in {home[study.patient]} and in {word}; choose one."
            raise CohortError(msg)
        sides[word].append(study.name)
    if not sides["train"]:
        msg = "The split column puts no study in train; fill it in or use another plan."
        raise CohortError(msg)
    return Split(name="column", **{word: frozenset(names) for word, names in sides.items()})


def _split(name: str, train: Iterable[_Person], validation: Iterable[_Person], test: Iterable[_Person]) -> Split:
    def names(people: Iterable[_Person]) -> frozenset[str]:
        return frozenset(study for person in people for study in person.studies)

    return Split(name=name, train=names(train), validation=names(validation), test=names(test))


def _read_shares(text: str, plan: str) -> tuple[int, ...]:
    words = text.split("/")
    if len(words) != 3 or not all(word.isdecimal() for word in words) or sum(map(int, words)) != 100:
        msg = f"The plan {plan} must give three whole per cent that add up to 100, as in 70/20/10."
        raise RequestError(msg)
    return tuple(int(word) for word in words)


def _read_count(text: str, plan: str, *, patients: int) -> int:
    if not (text or "5").isdecimal() or not 2 <= int(text or "5") <= patients:
        msg = f"The plan {plan} must give from 2 to {patients} folds (a patient each), as in kfold:5."
        raise RequestError(msg)
    return int(text or "5")


def _unknown(plan: str) -> RequestError:
    return RequestError(f"The plan {plan} is unknown; it may be {', '.join(PLANS)}.")
