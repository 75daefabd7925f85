"""The evidence on simulated patients: each system on its own recipe. `osteon bench --simulated` makes it."""

from __future__ import annotations

from dataclasses import replace

from osteon.engine.evidence_row import Made, Row

IN_FOLDS = "coarse images (`--size small`), one seed"
_LITE = f"EfficientNet-Lite0 for Inception v3, {IN_FOLDS}"


def _row(system: str, recipe: str, patients: int, *, first: tuple[str, str, str], reduced: str) -> Row:
    """Return the row of a system on the patients of a recipe: five folds by patient, one seed."""
    made = Made(recipe=recipe, patients=patients, size="small")
    return Row(
        name=f"{system}-{recipe}", system=system, cohort=made.name, split="kfold:5", seeds=(0,), first=first,
        reduced=reduced, made=made,
    )  # fmt: skip


def _baseline(row: Row, remark: str) -> Row:
    return replace(row, role="baseline", remark=remark)


def _fused(*alone: Row, fused: Row) -> tuple[Row, ...]:
    """Return the rows of a system that fuses: the parts alone, then the whole compared with each."""
    return (*alone, replace(fused, against=tuple(row.name for row in alone)))


_METASTASIS = ("auc", "metastasis", "patient")
_RECURRENCE = ("auc", "recurrence", "patient")
_RESPONSE = ("auc", "response", "patient")
_FEWER = "fewer patients than the paper, one seed"

SIMULATED = (
    _row("raman-cnn-shao2020", "raman-serum", 300, first=_METASTASIS, reduced=_FEWER),
    _baseline(
        _row("raman-cnn-shao2020.logistic", "raman-serum", 300, first=_METASTASIS, reduced=_FEWER),
        "The plain baseline: logistic regression on the same cleaned spectra.",
    ),
    _row("pet-chemo-kim2021.centre10", "chemo-pet", 150, first=_RESPONSE, reduced=IN_FOLDS),
    _baseline(
        _row("pet-chemo-kim2021.forest", "chemo-pet", 150, first=_RESPONSE, reduced=IN_FOLDS),
        "The plain baseline: a forest on uptake and texture.",
    ),
    *_fused(
        _baseline(
            _row("mri-gctb-recurrence-he2019.image-lite0", "gctb-mri", 160, first=_RECURRENCE, reduced=_LITE),
            "The image alone.",
        ),
        _baseline(
            _row("mri-gctb-recurrence-he2019.clinical", "gctb-mri", 160, first=_RECURRENCE, reduced=IN_FOLDS),
            "Age and place alone: this recipe draws them without regard to the recurrence, so 0.5 is right.",
        ),
        fused=_row("mri-gctb-recurrence-he2019.lite0", "gctb-mri", 160, first=_RECURRENCE, reduced=_LITE),
    ),
    replace(
        _row("mri-necrosis-huang2020", "necrosis-mri", 40, first=("auc", "survival", "lesion"), reduced=IN_FOLDS),
        remark="The samples' tissue is exact, so that 1 is possible but for noise and partial volume.",
    ),
    replace(
        _row(
            "histo-osteo-arunachalam2019.small",
            "osteosarcoma-tiles",
            40,
            first=("auc_macro", "tissue", "tile"),
            reduced=f"a quarter of the network at 5x, {IN_FOLDS}",
        ),
        allow=("corner",),
        remark="The corners of a tile tell its tissue because they are its tissue.",
    ),
)
