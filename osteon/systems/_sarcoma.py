"""What the soft-tissue sarcomas of TCIA can be asked where a paper's own question has no public data.

The surrogates of several systems: whether the lungs are reached, and the grade; from the outlined tumour (its texture,
or a network), from age, sex and site, and from both by a regression on what was said of the image out of fold.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from osteon.contract import Classify, Input, Once, Part, System
from osteon.systems import _fusion
from osteon.systems._build import estimator
from osteon.systems._radiomics import radiomics
from osteon.systems._read_out import every

if TYPE_CHECKING:
    from osteon.types import Outputs, Prediction, Study

METASTASIS = Classify(name="lung_metastasis", unit="patient", classes=("no", "yes"), positive="yes")
GRADE = Classify(name="high_grade", unit="patient", classes=("G1", "G2/G3"), positive="G2/G3")
HIGHEST = Classify(
    name="grade", unit="patient", classes=("lower", "high"), positive="high",
    words={"low": "lower", "intermediate": "lower"},
)  # fmt: skip
"""High grade against the rest: 18 patients of 36, where G1 has five."""
SITES = ("thigh", "buttock", "calf")
FUSED = "fusion"


columns = _fusion.columns(numbers=("age_years",), choices={"sex": ("male",), "location": SITES})
"""Age, sex and site; the sites of a few patients are none of these."""


def _decode(outputs: Outputs, study: Study) -> list[Prediction]:
    """Return what both say together where there are both, else what is said alone."""
    first, *_ = every(
        outputs, lacking="This study has neither an outlined tumour nor a clinical row; give one of them."
    )
    return _fusion.answers(study, METASTASIS, (first,), outputs.get(FUSED, ()))


def texture(image: str) -> Part:
    """Return the part that judges the outlined tumour of `image` by the 107 features of the original image."""
    seen = radiomics(image, METASTASIS, lambda: "original")
    return Part(
        name="texture", takes=(image,), prepare=seen, build=estimator("logistic", cost=0.1, keep=10), fit=Once()
    )


def metastasis(system: Callable[[], System], image: Input, look: Part) -> dict[str, Callable[[], System]]:
    """Return the variants of `system` on lung metastasis, by tag: fused, the image alone, the clinical row alone.

    Args:
        system: Whose paper, claims and notes they keep.
        image: What `look` takes.
        look: Judges the outlined tumour; its name heads the tag of the image alone.

    """
    row = Input(name=_fusion.CLINICAL, kind="table")
    fused = Part(
        name=FUSED,
        takes=(look.name, row.name),
        prepare=_fusion.joined(look.name, METASTASIS, columns),
        build=estimator("logistic", cost=0.1),
        fit=Once(),
    )
    alone = replace(fused, name=row.name, takes=(row.name,), prepare=_fusion.row_alone(METASTASIS, columns))

    def of(what: str, inputs: tuple[Input, ...], *parts: Part) -> Callable[[], System]:
        def make() -> System:
            summary = f"Soft-tissue sarcoma: lung metastasis, by {what} (a surrogate)"
            return replace(
                system(), summary=summary, tasks=(METASTASIS,), inputs=inputs, parts=parts, decode=_decode, variants={}
            )

        return make

    return {
        "metastasis": of(f"{look.name}, age, sex and site", (image, replace(row, required=False)), look, fused),
        f"{look.name}-metastasis": of(f"{look.name} alone", (image,), look),
        "clinical-metastasis": of("age, sex and site alone", (row,), alone),
    }
