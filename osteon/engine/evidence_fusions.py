"""The evidence of image and clinical row fused, on soft-tissue sarcomas: image alone, row alone, both, on one split.

Where a paper's own question has no public data, these patients are asked another one: see `systems._sarcoma`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from osteon.engine.evidence_row import Row

HIGH = (
    "Soft tissue, not bone, and high grade (18 patients) against low and intermediate (18) for a malignant lesion, "
    "intermediate counted as the paper counts it: only a large difference can be seen."
)


def _lungs(asked: str) -> str:
    """Return what a reader must know where lung metastasis stands for what the paper asked."""
    return (
        f"Soft tissue, not bone, and lung metastasis for {asked}. 14 of 39 patients have metastases: only a large "
        "difference can be seen."
    )


def _asked(row: Row, system: str, **more: Any) -> Row:
    """Return `row` of another system, named after it."""
    return replace(row, name=f"{system}-sts", system=system, **more)


def _fused(image: Row, row: Row, system: str, *, remark: str) -> Row:
    """Return the row of image and clinical row together, trained as the image alone is and compared with both."""
    return _asked(image, system, role="result", against=(image.name, row.name), remark=remark)


_MALIGNANT, _RECURRENCE, _KIND = map(_lungs, ("a malignant lesion", "the recurrence", "the kind of tumour"))
_TEXTURE = Row(
    name="ct-sacral-radiomics-yin2020.texture-metastasis-sts",
    system="ct-sacral-radiomics-yin2020.texture-metastasis",
    cohort="sts",
    split="kfold:5",
    first=("auc", "lung_metastasis", "patient"),
    role="baseline",
    remark=f"The image alone: texture of the tumour on CT. {_MALIGNANT}",
)
_CLINICAL = _asked(
    _TEXTURE,
    "ct-sacral-radiomics-yin2020.clinical-metastasis",
    remark=f"The clinical row alone: age, sex and site. {_MALIGNANT}",
)
_PROBE = ("fit.tune=head", "fit.epochs=20", "fit.batch_size=8", "fit.lr=0.003", "fit.ema=0.9")
"""Twenty epochs of the network's head alone: fixed before any fold was looked at, and the same for all below."""
_ON_T1 = _asked(
    _TEXTURE,
    "mri-gctb-recurrence-he2019.network-metastasis",
    seeds=(0,),
    overrides=_PROBE,
    reduced="EfficientNet-Lite0 for Inception v3, its head alone trained, T1 without contrast, 20 epochs, one seed",
    remark=f"The image alone: the network on T1. {_RECURRENCE}",
)
_ON_FILMS = _asked(
    _ON_T1,
    "xray-fusion-liu2021.lesion-metastasis",
    films=True,
    reduced="EfficientNet-Lite0 for Inception v3, its head alone trained, 20 epochs, one seed",
    remark=f"The image alone: frontal films projected from CTs cropped 5 cm around the tumour, with its shadow's box. "
    f"No radiograph was taken. {_KIND}",
)
_HIGH_ON_T1 = _asked(
    _ON_T1,
    "mri-lesion-eweje2021.t1-grade",
    first=("auc", "grade", "patient"),
    reduced="EfficientNet-Lite0 for B0, its head alone trained, T1 alone for T1 and T2, 20 epochs, one seed",
    remark=f"The T1 network alone: no signal is seen. {HIGH}",
)
_HIGH_BY_ROW = _asked(
    _HIGH_ON_T1,
    "mri-lesion-eweje2021.clinical-grade",
    seeds=_TEXTURE.seeds,
    overrides=(),
    reduced="",
    remark=f"The clinical row alone: age, sex and site. {HIGH}",
)

FUSIONS = (
    _TEXTURE,
    _CLINICAL,
    _fused(
        _TEXTURE,
        _CLINICAL,
        "ct-sacral-radiomics-yin2020.metastasis",
        remark=f"Texture, age, sex and site fused on out-of-fold answers: none of the three differs from another, or "
        f"from 0.5, beyond its interval. {_MALIGNANT}",
    ),
    _ON_T1,
    _fused(
        _ON_T1,
        _CLINICAL,
        "mri-gctb-recurrence-he2019.metastasis",
        remark=f"The network on T1, age, sex and site fused on out-of-fold answers: level with the clinical row, and "
        f"none of the three differs from another, or from 0.5, beyond its interval. {_RECURRENCE}",
    ),
    _HIGH_ON_T1,
    _HIGH_BY_ROW,
    _fused(
        _HIGH_ON_T1,
        _HIGH_BY_ROW,
        "mri-lesion-eweje2021.grade",
        remark=f"The T1 network and the clinical row by the paper's vote. {HIGH}",
    ),
    _ON_FILMS,
    _fused(
        _ON_FILMS,
        _CLINICAL,
        "xray-fusion-liu2021.metastasis",
        remark=f"Films projected from CTs, age, sex and site fused on out-of-fold answers. {_KIND}",
    ),
)
