"""The evidence on radiographs (BTXRD): the packaged weights, and what each choice and each step buys at centre 2.

Trainings of one comparison draw equally many crops, whatever joins them. All are short: they tell the arms apart and
say nothing of what longer training reaches.
"""

from __future__ import annotations

from dataclasses import replace

from osteon.engine.evidence_row import Extra, Row

STEPS = 34
"""Batches of 32 in an epoch of the 1,096 crops taken of centre 1."""

PACKAGED = Row(
    name="xray-triage-he2020.lite0-btxrd",
    system="xray-triage-he2020.lite0",
    cohort="btxrd",
    split="test-site:2+blocks",
    seeds=(0,),
    allow=("duplicate", "near-duplicate", "contradicting-labels"),
    packaged=True,
    reduced="one training on two CPU cores, by the recipe but not by the command; see the model card",
    first=("auc[malignant]", "lesion", "lesion"),
    remark="Trained on centre 1, judged on centre 2; giant cell tumour stands in for intermediate.",
)
_THREE = replace(
    PACKAGED,
    name="xray-triage-he2020.lite0-from-film-btxrd",
    system="xray-triage-he2020.lite0-from-film",
    seeds=(0, 1, 2),
    packaged=False,
    reduced="",
    remark="Three seeds of `osteon train` itself at full length, to show the spread between trainings.",
    also=(("auc[benign]", "lesion", "lesion"), ("auc_macro", "lesion", "lesion")),
)
_FILM = replace(
    PACKAGED,
    name="xray-knee-segunet-do2021.lite0-btxrd",
    system="xray-knee-segunet-do2021.lite0",
    reduced="one training each of the film's network and of the closer look, weights averaged along the way, on two "
    "CPU cores, not by the command; see the model card",
    first=("dice", "tumour", ""),
    remark="Trained on centre 1, judged on centre 2.",
)
_SHORT = replace(
    PACKAGED,
    name="xray-triage-he2020.lite0-btxrd-short",
    packaged=False,
    seeds=(0, 1, 2),
    overrides=("fit.epochs=3",),
    reduced="3 of 20 epochs on one shared core",
    also=(("auc_macro", "lesion", "lesion"),),
    role="ablation",
    remark="The crop classifier as it is, but for the length. What the other short trainings are compared with.",
)


def _ablation(word: str, remark: str, *, system: str = _SHORT.system, more: tuple[str, ...] = ()) -> Row:
    """Return the short training with one choice taken back, compared with the one that has it."""
    return replace(
        _SHORT,
        name=f"{PACKAGED.name}-{word}",
        system=system,
        seeds=(0,),
        overrides=(*_SHORT.overrides, *more),
        against=(_SHORT.name,),
        reduced=f"{_SHORT.reduced}, one seed",
        remark=remark,
    )


def _with(word: str, extra: Extra, remark: str) -> Row:
    """Return the short training with derived images beside the taken ones, in as many steps."""
    return replace(_ablation(word, remark, more=(f"fit.steps_per_epoch={STEPS}",)), extra=extra)


_WHOLE = replace(
    _ablation("whole", "", system="xray-triage-he2020.lite0-whole"),
    overrides=("fit.epochs=6",),
    against=(),
    reduced="6 epochs of whole films at 256 px on one shared core, one seed",
    remark="The whole film, nothing boxed. It is given as much computing as boxing first with both its networks.",
)

FILMS = (
    PACKAGED,
    _THREE,
    _FILM,
    _SHORT,
    _ablation("unaugmented", "Trained without augmentation.", more=("augment=None",)),
    _ablation("unfrozen", "Nothing of the encoder frozen.", system="xray-triage-he2020.lite0-unfrozen"),
    _ablation("one-view", "One view of the film, not three.", system="xray-triage-he2020.lite0-one-view"),
    _with(
        "simulated",
        Extra(kind="simulated", source="limb-radiographs-clinical", count=200),
        "With 298 simulated films of the limbs. Lesions of all three classes, painted into parametric bodies.",
    ),
    _with(
        "drr",
        Extra(kind="drr", source="sts", count=7, label=("lesion", "malignant")),
        "With 273 films projected from 39 patients' CTs. They are of soft-tissue sarcomas, called malignant, for want "
        "of CTs of bone tumours.",
    ),
    replace(
        _with(
            "gan",
            Extra(kind="gan", source="wgan-gp", count=92),
            "With 276 crops of 64 px drawn by a WGAN-GP, 92 of each class. A drawn crop's corners are of the lesion's "
            "surroundings, so that the audit finds the class in them.",
        ),
        allow=(*PACKAGED.allow, "corner"),
    ),
    _WHOLE,
    replace(
        _WHOLE,
        name=f"{PACKAGED.name}-detected",
        system="xray-triage-he2020.lite0-detected",
        overrides=(
            "detector.stack=2", "detector.fit.epochs=2", "detector.fit.precision=bf16-mixed", "lesion.fit.epochs=3",
        ),
        against=(_WHOLE.name,),
        reduced="2 epochs of the detector, also on halves, and 3 of the classifier on one shared core, one seed",
        remark="The lesion is boxed by a detector first. Nobody draws, in use. Two epochs are too few for the "
        "detector: its boxes lie beside the lesion, and the crop there keeps the lesion's label.",
    ),
    replace(
        _ablation("fusion", "", system="xray-fusion-liu2021.image-lite0"),
        name="xray-fusion-liu2021.image-lite0-btxrd",
        role="result",
        remark="The image alone: BTXRD has no clinical row here.",
    ),
    replace(
        _FILM,
        name="xray-knee-segunet-do2021.lite0-btxrd-short",
        packaged=False,
        seeds=(0, 1, 2),
        overrides=("film.stack=validation", "film.fit.epochs=2", "closer.fit.epochs=10"),
        role="ablation",
        reduced="2 of 30 epochs of the film's network and 10 of the closer look, which learns from the validation "
        "films alone, on one shared core",
        remark="Three seeds of `osteon train` itself, to show the spread between trainings; too short to be a result.",
    ),
)  # fmt: skip
