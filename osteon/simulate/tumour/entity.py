"""What tumours are like: how often, at what age and where each arises, and how it looks.

The numbers are ours, set by hand after textbooks (Unni, Dahlin's Bone Tumors; Greenspan, Orthopedic Imaging; WHO
2020) to the nearest few percent. They make a world with known truth, not an epidemiology.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from osteon.simulate.tumour.lesion import Group

BINS: Mapping[str, Mapping[str, tuple[float, float]]] = {
    "age": {
        "1-9": (1, 10), "10-14": (10, 15), "15-19": (15, 20), "20-29": (20, 30), "30-44": (30, 45), "45-59": (45, 60),
        "60-85": (60, 85),
    },
    "size": {"10-25": (12, 25), "25-45": (25, 45), "45-70": (45, 70), "70-110": (70, 110), "110-150": (110, 150)},
    "expansion": {"none": (1.0, 1.0), "mild": (1.08, 1.3), "marked": (1.3, 1.7)},
    "breach": {"none": (0.0, 0.0), "partial": (0.1, 0.4), "gross": (0.4, 0.9)},
    "mass": {"none": (0.0, 0.0), "small": (6, 18), "large": (18, 45)},
    "oedema": {"none": (0.0, 0.0), "some": (4, 10), "much": (10, 20)},
    "uptake": {"low": (0.8, 1.8), "raised": (1.8, 4.0), "high": (4.0, 8.0)},
    "suv": {"low": (1.0, 2.5), "medium": (2.5, 5.5), "high": (5.5, 12.0)},
}  # fmt: skip
"""Binned features: name of a bin to the range from which the value is then drawn evenly."""

FEATURES = (
    "age", "sex", "site", "matrix", "content", "margin", "size", "expansion", "breach", "periosteum", "mass", "oedema",
    "uptake", "suv",
)  # fmt: skip
"""All that is drawn by the entity; given the entity they are independent, so that Bayes' rule is exact."""

RADIOGRAPHIC = ("site", "matrix", "margin", "size", "expansion", "breach", "periosteum", "mass")
"""What a film can show."""

Table = Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Entity:
    """A kind of tumour.

    Attributes:
        group: Benign, intermediate or malignant.
        weight: How often it is among all.
        tables: Feature to the odds of its words.
        origin: Of a metastasis, else None.

    """

    group: Group
    weight: float
    tables: Mapping[str, Table]
    origin: str | None = None


def _odds(words: str) -> Table:
    """Return odds written as "word 3, other word 1"."""
    pairs = (item.strip().rpartition(" ") for item in words.split(","))
    return {word.replace(";", ","): float(share) for word, _, share in pairs}


def _entity(group: Group, weight: float, *, origin: str | None = None, **words: str) -> Entity:
    return Entity(group=group, weight=weight, origin=origin, tables={k: _odds(v) for k, v in words.items()})


_LONG = (
    "distal femur; metaphysis 4, proximal tibia; metaphysis 3, proximal humerus; metaphysis 2, proximal femur 1, "
    "proximal fibula 1, distal tibia 1"
)
_SHAFTS = "femur shaft 3, tibia shaft 2, humerus shaft 2, ilium 3, rib 2, distal femur; metaphysis 2, proximal fibula 1"
_SPREAD = (
    "lumbar spine 5, thoracic spine 5, ilium 4, sacrum 2, rib 4, proximal femur 3, femur shaft 1, humerus shaft 1, "
    "proximal humerus; metaphysis 1, acetabulum 2, sternum 1, skull 1, scapula 1, ischium 1, pubis 1, "
    "distal femur; metaphysis 0.2, proximal tibia; metaphysis 0.2"
)
_NEVER = "none 1"
_GROWING = "none 4, mild 3, marked 3"
_HOT, _WARM = "raised 3, high 7", "low 3, raised 5, high 2"
_PRIMARIES = (
    # primary, weight, age, sex, matrix, expansion, uptake
    ("lung", 4, "30-44 1, 45-59 5, 60-85 7", "male 6, female 4", "lytic 8, mixed 2", _NEVER, "raised 6, high 3"),
    ("breast", 4, "30-44 3, 45-59 6, 60-85 5", "female 99, male 1", "lytic 4, sclerotic 2, mixed 4", _NEVER, _HOT),
    ("prostate", 4, "45-59 2, 60-85 9", "male 1", "sclerotic 8, mixed 2", _NEVER, _HOT),
    ("kidney", 2, "30-44 1, 45-59 5, 60-85 5", "male 6, female 4", "lytic 1", _GROWING, _WARM),
    ("thyroid", 1, "30-44 2, 45-59 5, 60-85 5", "male 4, female 6", "lytic 1", _GROWING, _WARM),
)

ENTITIES: Mapping[str, Entity] = {
    "osteochondroma": _entity(
        Group.BENIGN, 12, age="1-9 2, 10-14 5, 15-19 5, 20-29 3, 30-44 1", sex="male 6, female 4", site=_LONG,
        matrix="chondroid 3, lytic 5", content="bone 1", margin="IA 5, IB 4, IC 1", size="10-25 2, 25-45 5, 45-70 3",
        expansion=_NEVER, breach="none 1", periosteum="none 1", mass="none 1", oedema="none 9, some 1",
        uptake="low 6, raised 4", suv="low 9, medium 1",
    ),
    "non-ossifying fibroma": _entity(
        Group.BENIGN, 10, age="1-9 3, 10-14 6, 15-19 4, 20-29 1", sex="male 6, female 4",
        site="distal femur; metaphysis 5, proximal tibia; metaphysis 3, distal tibia 2, proximal fibula 1",
        matrix="lytic 9, sclerotic 1", content="fibrous 1", margin="IA 8, IB 2", size="10-25 4, 25-45 5, 45-70 1",
        expansion="none 7, mild 3", breach="none 95, partial 5", periosteum="none 98, solid 2", mass="none 1",
        oedema="none 95, some 5", uptake="low 6, raised 4", suv="low 7, medium 3",
    ),
    "simple bone cyst": _entity(
        Group.BENIGN, 6, age="1-9 5, 10-14 6, 15-19 3, 20-29 1", sex="male 2, female 1",
        site="proximal humerus; metaphysis 5, proximal femur 3, calcaneus 1, proximal tibia; metaphysis 1, "
        "distal femur; metaphysis 0.6",
        matrix="lytic 1", content="fluid 1", margin="IA 6, IB 4", size="25-45 5, 45-70 4, 70-110 1",
        expansion="none 5, mild 5", breach="none 8, partial 2", periosteum="none 9, solid 1", mass="none 1",
        oedema="none 9, some 1", uptake="low 8, raised 2", suv="low 1",
    ),
    "aneurysmal bone cyst": _entity(
        Group.BENIGN, 4, age="1-9 3, 10-14 6, 15-19 5, 20-29 3, 30-44 1", sex="male 1, female 1",
        site="distal femur; metaphysis 3, proximal tibia; metaphysis 3, proximal humerus; metaphysis 1, "
        "lumbar spine 2, thoracic spine 1, ilium 1, sacrum 1",
        matrix="lytic 1", content="blood with fluid levels 1", margin="IA 3, IB 6, IC 1",
        size="25-45 4, 45-70 4, 70-110 2", expansion="mild 3, marked 7", breach="none 5, partial 4, gross 1",
        periosteum="none 6, solid 3, lamellated 1", mass="none 8, small 2", oedema="none 5, some 5",
        uptake="low 3, raised 5, high 2", suv="low 6, medium 4",
    ),
    "enchondroma": _entity(
        Group.BENIGN, 7, age="10-14 2, 15-19 3, 20-29 4, 30-44 5, 45-59 4, 60-85 2", sex="male 1, female 1",
        site="metacarpal 5, distal femur; metaphysis 3, proximal humerus; metaphysis 3, proximal tibia; metaphysis 1, "
        "femur shaft 1, metatarsal 1",
        matrix="chondroid 8, lytic 2", content="cartilage 1", margin="IA 5, IB 5", size="10-25 5, 25-45 4, 45-70 1",
        expansion="none 7, mild 3", breach="none 95, partial 5", periosteum="none 1", mass="none 1",
        oedema="none 95, some 5", uptake="low 6, raised 4", suv="low 1",
    ),
    "fibrous dysplasia": _entity(
        Group.BENIGN, 5, age="1-9 3, 10-14 4, 15-19 4, 20-29 4, 30-44 3, 45-59 1", sex="male 1, female 1",
        site="proximal femur 4, femur shaft 3, tibia shaft 3, rib 4, humerus shaft 1, distal femur; metaphysis 1, "
        "proximal tibia; metaphysis 1, skull 2",
        matrix="ground glass 8, lytic 1, mixed 1", content="fibrous 1", margin="IA 7, IB 3",
        size="25-45 3, 45-70 4, 70-110 3", expansion="none 4, mild 5, marked 1", breach="none 9, partial 1",
        periosteum="none 97, solid 3", mass="none 1", oedema="none 9, some 1", uptake="raised 5, high 5",
        suv="low 5, medium 5",
    ),
    "schwannoma": _entity(
        Group.BENIGN, 2, age="20-29 3, 30-44 5, 45-59 5, 60-85 3", sex="male 1, female 1",
        site="sacrum 9, lower sacrum 1", matrix="lytic 1", content="solid 7, fluid 3", margin="IA 7, IB 3",
        size="25-45 3, 45-70 5, 70-110 2",
        expansion="none 3, mild 6, marked 1", breach="none 4, partial 5, gross 1", periosteum="none 1",
        mass="none 2, small 4, large 4", oedema="none 9, some 1", uptake="low 8, raised 2",
        suv="low 4, medium 5, high 1",
    ),
    "neurofibroma": _entity(
        Group.BENIGN, 2, age="15-19 2, 20-29 5, 30-44 5, 45-59 2", sex="male 1, female 1",
        site="sacrum 8, lower sacrum 2", matrix="lytic 1", content="solid 9, fibrous 1", margin="IA 6, IB 4",
        size="25-45 5, 45-70 4, 70-110 1",
        expansion="none 5, mild 5", breach="none 6, partial 4", periosteum="none 1", mass="none 2, small 6, large 2",
        oedema="none 1", uptake="low 9, raised 1", suv="low 7, medium 3",
    ),
    "giant cell tumour": _entity(
        Group.INTERMEDIATE, 8, age="10-14 0.3, 15-19 2, 20-29 7, 30-44 6, 45-59 2", sex="male 4, female 5",
        site="distal femur; epiphysis 5, proximal tibia; epiphysis 4, distal radius 3, sacrum 2, "
        "proximal humerus; epiphysis 1, proximal fibula 0.5, patella 0.3",
        matrix="lytic 1", content="solid 8, blood with fluid levels 2", margin="IA 0.5, IB 7, IC 2.5",
        size="25-45 4, 45-70 5, 70-110 1", expansion="none 3, mild 5, marked 2", breach="none 4, partial 5, gross 1",
        periosteum="none 9, solid 1", mass="none 6, small 3, large 1", oedema="none 4, some 5, much 1",
        uptake="raised 5, high 5", suv="medium 4, high 6",
    ),
    "osteosarcoma": _entity(
        Group.MALIGNANT, 12, age="1-9 1, 10-14 5, 15-19 6, 20-29 3, 30-44 1, 45-59 1, 60-85 1", sex="male 6, female 5",
        site=_LONG + ", femur shaft 0.6, ilium 0.6, sacrum 0.3", matrix="osteoid 6, mixed 2, lytic 2",
        content="solid 9, blood with fluid levels 1", margin="IC 1, II 4, III 5",
        size="25-45 1, 45-70 4, 70-110 4, 110-150 1", expansion="none 7, mild 3", breach="none 1, partial 3, gross 6",
        periosteum="none 2, solid 0.5, lamellated 2, sunburst 3, Codman 3", mass="none 2, small 3, large 5",
        oedema="some 5, much 4, none 1", uptake="raised 2, high 8", suv="medium 4, high 6",
    ),
    "Ewing sarcoma": _entity(
        Group.MALIGNANT, 5, age="1-9 3, 10-14 6, 15-19 6, 20-29 3, 30-44 0.5", sex="male 6, female 4",
        site=_SHAFTS + ", sacrum 1, proximal tibia; metaphysis 1", matrix="lytic 7, sclerotic 1, mixed 2",
        content="solid 1", margin="IC 0.5, II 3, III 7", size="45-70 4, 70-110 5, 110-150 1",
        expansion="none 9, mild 1",         breach="none 2, partial 4, gross 4",
        periosteum="none 2, lamellated 5, sunburst 1.5, Codman 1.5, solid 0.5",
        mass="none 1, small 2, large 7", oedema="some 4, much 6", uptake="raised 4, high 6", suv="medium 4, high 6",
    ),
    "chondrosarcoma": _entity(
        Group.MALIGNANT, 6, age="20-29 1, 30-44 4, 45-59 6, 60-85 5", sex="male 6, female 4",
        site="ilium 3, acetabulum 2, proximal femur 2, distal femur; metaphysis 2, proximal humerus; metaphysis 2, "
        "rib 2, scapula 1, proximal tibia; metaphysis 1, sacrum 0.7",
        matrix="chondroid 8, lytic 2", content="cartilage 1", margin="IB 2, IC 4, II 3, III 1",
        size="45-70 4, 70-110 4, 110-150 1, 25-45 1", expansion="none 3, mild 5, marked 2",
        breach="none 3, partial 4, gross 3", periosteum="none 6, solid 3, lamellated 1",
        mass="none 4, small 3, large 3",         oedema="none 4, some 5, much 1", uptake="raised 5, high 4, low 1",
        suv="low 3, medium 5, high 2",
    ),
    "chordoma": _entity(
        Group.MALIGNANT, 2, age="30-44 2, 45-59 5, 60-85 6", sex="male 2, female 1", site="lower sacrum 7, sacrum 3",
        matrix="lytic 8, mixed 2", content="solid 7, cartilage 3", margin="IB 2, IC 4, II 4",
        size="45-70 3, 70-110 5, 110-150 2, 25-45 1", expansion="none 5, mild 4, marked 1",
        breach="none 1, partial 3, gross 6", periosteum="none 1", mass="none 1, small 3, large 6",
        oedema="none 7, some 3", uptake="low 5, raised 5", suv="low 3, medium 5, high 2",
    ),
    "myeloma": _entity(
        Group.MALIGNANT, 4, age="30-44 0.5, 45-59 4, 60-85 8", sex="male 6, female 4", site=_SPREAD, matrix="lytic 1",
        content="solid 1", margin="IB 6, IC 2, II 2", size="10-25 3, 25-45 4, 45-70 3", expansion="none 7, mild 3",
        breach="none 4, partial 4, gross 2", periosteum="none 1", mass="none 6, small 3, large 1",
        oedema="none 8, some 2", uptake="low 6, raised 4", suv="medium 6, high 3, low 1",
    ),
    "soft-tissue sarcoma": _entity(
        Group.MALIGNANT, 4, age="15-19 1, 20-29 2, 30-44 4, 45-59 6, 60-85 7", sex="male 11, female 9",
        site="thigh; soft tissue 6, calf; soft tissue 2, upper arm; soft tissue 2", matrix="lytic 1", content="solid 1",
        margin="IB 4, IC 6", size="45-70 3, 70-110 5, 110-150 2", expansion=_NEVER, breach="none 1",
        periosteum="none 1", mass="none 1", oedema="none 2, some 5, much 3", uptake="low 7, raised 3",
        suv="low 2, medium 4, high 4",
    ),
    **{
        f"{origin} metastasis": _entity(
            Group.MALIGNANT, weight, origin=origin, age=age, sex=sex, site=_SPREAD, matrix=matrix, content="solid 1",
            margin="IB 1, IC 3, II 5, III 1", size="10-25 4, 25-45 4, 45-70 2", expansion=expansion,
            breach="none 4, partial 4, gross 2", periosteum="none 9, solid 0.5, lamellated 0.5",
            mass="none 6, small 3, large 1", oedema="none 4, some 5, much 1", uptake=uptake,
            suv="medium 5, high 4, low 1",
        )
        for origin, weight, age, sex, matrix, expansion, uptake in _PRIMARIES
    },
}  # fmt: skip


def words(feature: str, entities: Mapping[str, Entity] = ENTITIES) -> tuple[str, ...]:
    """Return the words of a feature over all entities, bins in their order, others by name."""
    used = {word for entity in entities.values() for word in entity.tables[feature]}
    order = list(BINS.get(feature, sorted(used)))
    return tuple(word for word in order if word in used)
