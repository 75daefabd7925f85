"""The lesion of a simulated patient: what was drawn, and thus what every modality has to show."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Group(StrEnum):
    """What a pathologist's report comes down to."""

    BENIGN = "benign"
    INTERMEDIATE = "intermediate"
    MALIGNANT = "malignant"


class Region(StrEnum):
    """Where in its bone a lesion lies."""

    EPIPHYSIS = "epiphysis"
    METAPHYSIS = "metaphysis"
    DIAPHYSIS = "diaphysis"
    AXIAL = "axial"
    SURFACE = "surface"
    SOFT_TISSUE = "soft tissue"


class Matrix(StrEnum):
    """What a radiograph sees in it."""

    LYTIC = "lytic"
    OSTEOID = "osteoid"
    CHONDROID = "chondroid"
    GROUND_GLASS = "ground glass"
    SCLEROTIC = "sclerotic"
    MIXED = "mixed"


class Content(StrEnum):
    """What lies between the mineral: what MRI sees in it."""

    SOLID = "solid"
    CARTILAGE = "cartilage"
    FLUID = "fluid"
    BLOOD = "blood with fluid levels"
    FIBROUS = "fibrous"
    BONE = "bone"


class Margin(StrEnum):
    """Margin after Lodwick and Madewell, from the slowest growth to the fastest."""

    IA = "IA"
    IB = "IB"
    IC = "IC"
    II = "II"
    III = "III"


class Periosteum(StrEnum):
    """Reaction of the periosteum."""

    NONE = "none"
    SOLID = "solid"
    LAMELLATED = "lamellated"
    SUNBURST = "sunburst"
    CODMAN = "Codman"


@dataclass(frozen=True, kw_only=True)
class Lesion:
    """One lesion: drawn once, seen by every modality.

    Attributes:
        number: Its value in `Body.lesion`, from 1.
        entity: Key of `entity.ENTITIES`: "osteosarcoma", "giant cell tumour", "metastasis" ...
        group: Benign, intermediate or malignant.
        origin: The primary of a metastasis ("lung", "breast" ...), else None.
        bone: Name as in `bones.BONES`; of a soft-tissue tumour the bone beside it.
        region: Place in the bone.
        centre_mm: (x, y, z) in the body's frame (LPS; z 0 at the soles, x 0 in the midline).
        size_mm: Longest diameter inside the bone, the soft-tissue mass not counted.
        elongation: Extent along the bone over that across it, 1 or more.
        lobulation: 0 a smooth ellipsoid, 1 deeply lobed.
        matrix, mineral: Radiographic matrix, and the share of the volume that it fills (0 to 1).
        content: What lies between the mineral.
        margin: Lodwick-Madewell.
        expansion: Width of the bone at the lesion over its normal width, 1 or more.
        breach: Share of the cortex at the lesion that is destroyed, 0 to 1.
        periosteum: Reaction of the periosteum.
        soft_tissue_mm: How far the tumour reaches beyond the bone; 0 for none.
        necrosis_before, necrosis_after: Necrotic share of the tumour's volume before and after chemotherapy.
        response: The change of size by chemotherapy, as a factor on every diameter.
        grade: 1 (low) to 3 (high); 0 for what is not graded.
        uptake_ratio: Bone tracer in the lesion over that of the same bone on the other side.
        suv: Mean FDG SUV of viable tumour.
        oedema_mm: Width of the oedema around it.
        seed: Of its texture and outline, the same in every modality.

    """

    number: int = 1
    entity: str
    group: Group
    origin: str | None = None
    bone: str
    region: Region
    centre_mm: tuple[float, float, float]
    size_mm: float
    elongation: float = 1.3
    lobulation: float = 0.3
    matrix: Matrix = Matrix.LYTIC
    mineral: float = 0.0
    content: Content = Content.SOLID
    margin: Margin = Margin.IB
    expansion: float = 1.0
    breach: float = 0.0
    periosteum: Periosteum = Periosteum.NONE
    soft_tissue_mm: float = 0.0
    necrosis_before: float = 0.0
    necrosis_after: float = 0.0
    response: float = 1.0
    grade: int = 0
    uptake_ratio: float = 1.5
    suv: float = 3.0
    oedema_mm: float = 0.0
    seed: int = 0
