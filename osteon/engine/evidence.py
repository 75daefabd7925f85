"""The evidence list: which system is trained on which data, how it is split, and how much of the work is done."""

from __future__ import annotations

from dataclasses import replace

from osteon.engine.evidence_row import Row

CHOSEN_LATE = (
    "The training length was chosen after a first recipe, with early stopping, had lost to the baseline on the same "
    "people: read the figure as mildly optimistic."
)
FEW_LOW = (
    "5 of 36 graded patients are low grade: no signal is seen. Below 0.5 is no signal either: a fold that holds more "
    "of the few low-grade patients trains on fewer, so its probabilities lean the wrong way when folds are pooled."
)
SALIVA = "COVID-19 in saliva stands in for serum of cancer: many noisy spectra a person."

_FILMS = Row(
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
_GRADING = Row(
    name="mri-sts-grading-navarro2021.logistic-sts",
    system="mri-sts-grading-navarro2021.logistic",
    cohort="sts",
    split="kfold:5",
    first=("auc", "grade", "patient"),
    role="baseline",
    remark=f"The plain baseline: logistic regression on simple features. {FEW_LOW}",
)
_TILES = Row(
    name="histo-osteo-arunachalam2019.forest-osteosarcoma_ut",
    system="histo-osteo-arunachalam2019.forest",
    cohort="osteosarcoma_ut",
    split="leave-one-patient-out",
    allow=("few-patients", "class-not-on-side"),
    by_patient=True,
    first=("balanced_accuracy", "tissue", "tile"),
    remark="Four cases, one left out at a time; a random split of tiles flatters by 15 points and more.",
)
_SALIVA = Row(
    name="raman-cnn-shao2020.saliva-raman_saliva",
    system="raman-cnn-shao2020.saliva",
    cohort="raman_saliva",
    split="kfold:5",
    gap=True,
    first=("auc", "covid19", "patient"),
    remark=f"{SALIVA} {CHOSEN_LATE}",
)

_CT_OUTLINE = Row(
    name="ct-msfcn-huang2017.small-sts",
    system="ct-msfcn-huang2017.small",
    cohort="sts",
    split="55/10/35",
    seeds=(0,),
    overrides=("fit.epochs=4", "fit.lr=0.001", "fit.precision=bf16-mixed"),
    trim_mm=45.0,
    first=("dice", "tumour", "patient"),
    against=("ct-msfcn-huang2017.ellipsoid-pet-sts-ct", "ct-msfcn-huang2017.fcn8s-small-sts"),
    reduced="a quarter of the width, slices of 96 px, 4 epochs on one shared core, one seed",
    remark="Soft tissue, not bone.",
)
_CT_CONTROL = replace(_CT_OUTLINE, role="baseline", against=())
_CT_RESIDUAL = replace(
    _CT_OUTLINE,
    name="ct-msrn-zhang2018.small-sts",
    system="ct-msrn-zhang2018.small",
    overrides=(*_CT_OUTLINE.overrides, "start_from=None"),
    against=(*_CT_OUTLINE.against, _CT_OUTLINE.name),
    reduced="ResNet-18 for ResNet-50, from scratch, slices of 96 px, 4 epochs on one shared core, one seed",
)
_PET_OUTLINE = Row(
    name="ct-msfcn-huang2017.unet3d-pet-sts",
    system="ct-msfcn-huang2017.unet3d-pet",
    cohort="sts",
    split="kfold:5+all",
    seeds=(0,),
    trim_mm=45.0,
    first=("dice", "tumour", "patient"),
    remark="Soft tissue, not bone. The crops lie 5 cm around the tumour and give its place away: every side was "
    "trimmed by 0 to 45 mm first, in training and testing alike. The two controls stand below. Short of the mean of "
    "0.80 and median of 0.86 that were aimed at. The least Dice is 0.43: the largest tumour, of a median SUV of 0.7.",
    reduced="cubes of 5 mm, 45 epochs of windows on one shared core, one seed",
)
_UPTAKE = Row(
    name="pet-chemo-kim2021.forest-metastasis-sts",
    system="pet-chemo-kim2021.forest-metastasis",
    cohort="sts",
    split="kfold:5",
    gap=True,
    first=("auc", "lung_metastasis", "patient"),
    role="baseline",
    remark="Soft tissue, not bone, and lung metastasis for the response to chemotherapy, which this set does not "
    "state. Texture of the outlined tumour. 14 of 39 patients have metastases.",
)
_UPTAKE_GRADE = replace(
    _UPTAKE,
    name="pet-chemo-kim2021.forest-grade-sts",
    system="pet-chemo-kim2021.forest-grade",
    first=("auc", "high_grade", "patient"),
    remark="Soft tissue, not bone, and the grade for the response. Texture of the outlined tumour. Only 5 of 36 graded "
    "patients are low grade, so one patient moves the figure a great deal.",
)

EVIDENCE = (
    _FILMS,
    replace(
        _FILMS,
        name="xray-knee-segunet-do2021.lite0-btxrd",
        system="xray-knee-segunet-do2021.lite0",
        reduced="one training of the film's network, three of the closer look averaged, on two CPU cores, by the "
        "recipe but not by the command; see the model card",
        first=("dice", "tumour", ""),
        remark="Trained on centre 1, judged on centre 2.",
    ),
    replace(
        _GRADING,
        name="mri-sts-grading-navarro2021.lite0-t1-sts",
        system="mri-sts-grading-navarro2021.lite0-t1",
        seeds=(0,),
        overrides=("fit.epochs=10",),
        reduced="Lite0 for DenseNet-161, T1 without contrast alone, 10 epochs, one seed",
        role="result",
        remark=f"Soft tissue, not bone. {FEW_LOW}",
    ),
    _GRADING,
    replace(
        _TILES,
        name="histo-osteo-arunachalam2019.small-osteosarcoma_ut",
        system="histo-osteo-arunachalam2019.small",
        seeds=(0,),
        overrides=("fit.epochs=12",),
        reduced="60 of 1,144 tiles, at 5x, a quarter of the network, 12 epochs, one seed",
    ),
    replace(
        _TILES,
        name="histo-osteo-arunachalam2019.forest-osteosarcoma_ut-60",
        having="tile",
        role="baseline",
        reduced="60 of 1,144 tiles: those that the patch network was given",
        remark=f"The plain baseline of the patch network, on the same tiles. {_TILES.remark}",
    ),
    _TILES,
    replace(
        _TILES,
        name="histo-osteo-arunachalam2019.forest-osteosarcoma_ut-random",
        split="kfold:5",
        allow=(),
        by_patient=False,
        own_patients=True,
        role="not a result",
        remark="Not a result: the random split of tiles, to show what it flatters by. Cases are on both sides.",
    ),
    _SALIVA,
    replace(
        _SALIVA,
        name="raman-cnn-shao2020.saliva-logistic-raman_saliva",
        system="raman-cnn-shao2020.saliva-logistic",
        role="baseline",
        remark=f"The plain baseline: logistic regression. {SALIVA}",
    ),
    replace(
        _CT_CONTROL,
        name="ct-msfcn-huang2017.ellipsoid-pet-sts-ct",
        system="ct-msfcn-huang2017.ellipsoid-pet",
        overrides=(),
        reduced="",
        remark="Control: an ellipsoid that never looks at the image, on the patients and crops of the CT networks.",
    ),
    replace(
        _CT_CONTROL,
        name="ct-msfcn-huang2017.fcn8s-small-sts",
        system="ct-msfcn-huang2017.fcn8s-small",
        remark="Comparator: FCN-8s, trained like the MSFCN below.",
    ),
    _CT_OUTLINE,
    replace(
        _CT_CONTROL,
        name="ct-msfcn-huang2017.unet-small-sts",
        system="ct-msfcn-huang2017.unet-small",
        against=(_CT_OUTLINE.name,),
        remark="Comparator: U-Net, trained like the MSFCN above.",
    ),
    replace(
        _CT_CONTROL,
        name="ct-msfcn-huang2017.hed-small-sts",
        system="ct-msfcn-huang2017.hed-small",
        against=(_CT_OUTLINE.name,),
        remark="Comparator: HED, trained like the MSFCN above.",
    ),
    _CT_RESIDUAL,
    replace(
        _CT_RESIDUAL,
        name="ct-msrn-zhang2018.lite0-sts",
        system="ct-msrn-zhang2018.lite0",
        overrides=_CT_OUTLINE.overrides,
        reduced="Lite0 for ResNet-50, from ImageNet, slices of 96 px, 4 epochs on one shared core, one seed",
    ),
    _PET_OUTLINE,
    replace(
        _PET_OUTLINE,
        name="ct-msfcn-huang2017.ellipsoid-pet-sts",
        system="ct-msfcn-huang2017.ellipsoid-pet",
        role="baseline",
        reduced="",
        remark="Control: an ellipsoid that never looks at the image, fitted to the size of the trimmed crops.",
    ),
    replace(
        _PET_OUTLINE,
        name="ct-msfcn-huang2017.suv1-pet-sts",
        system="ct-msfcn-huang2017.suv1-pet",
        role="baseline",
        reduced="",
        remark="Control: the largest connected region above SUV 1 in the trimmed crop.",
    ),
    replace(
        _UPTAKE,
        name="pet-chemo-kim2021.centre10-metastasis-sts",
        system="pet-chemo-kim2021.centre10-metastasis",
        role="result",
        remark="Soft tissue, not bone, and lung metastasis for the response to chemotherapy. The paper's network on "
        "ten slices about the centre.",
    ),
    _UPTAKE,
    replace(
        _UPTAKE_GRADE,
        name="pet-chemo-kim2021.centre10-grade-sts",
        system="pet-chemo-kim2021.centre10-grade",
        role="result",
        remark="Soft tissue, not bone, and the grade for the response: ten slices about the centre. Only 5 of 36 "
        "graded patients are low grade.",
    ),
    _UPTAKE_GRADE,
)
