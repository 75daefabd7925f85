"""The whole body of a simulated patient, as shapes and as voxels on any grid.

Our own construction: tapered tubes, ellipsoids and plates in the body's millimetres (LPS: x to the patient's
left, y to the back, z up from the soles, x 0 in the midline), scaled by sex, age, height and weight and varied
from patient to patient. No atlas or patient is copied.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from osteon.simulate.person import (
    anatomy_arms,
    anatomy_frame,
    anatomy_legs,
    anatomy_pelvis,
    anatomy_raster,
    anatomy_soft,
    anatomy_spine,
    anatomy_wear,
    bones,
)
from osteon.simulate.person.anatomy_frame import Frame
from osteon.simulate.person.anatomy_shapes import BONE, PAINT, Part
from osteon.simulate.person.body import Body
from osteon.simulate.person.patient import Patient
from osteon.types import Grid

_BUILDERS: Mapping[str, Callable[[Frame], Sequence[Part]]] = {
    **dict.fromkeys(("femur", "patella", "tibia", "fibula", "foot"), anatomy_legs.legs),
    **dict.fromkeys(("humerus", "radius", "ulna", "hand", "clavicle", "scapula"), anatomy_arms.arms),
    **dict.fromkeys(("hip", "sacrum"), anatomy_pelvis.pelvis),
    **dict.fromkeys(("skull", "mandible"), anatomy_pelvis.skull),
    **dict.fromkeys(("rib", "sternum"), anatomy_spine.ribs),
    "vertebra": anatomy_spine.spine,
}

NOTE = "Simulated: parametric anatomy of no real person."


def healthy(patient: Patient, grid: Grid) -> Body:
    """Return the patient without lesions on `grid`, a volume in the body's frame."""
    seed = int(patient.chance("anatomy texture").integers(2**31))
    body = anatomy_raster.rasterise(parts(frame(patient)), grid, seed=seed)
    return Body(
        grid=body.grid, tissue=body.tissue, bone=body.bone, lesion=body.lesion, density_scale=body.density_scale,
        uptake_scale=body.uptake_scale, notes=(NOTE,),
    )  # fmt: skip


def frame(patient: Patient) -> Frame:
    """Return how the patient differs from the reference man; `Frame.at` places reference mm."""
    return anatomy_frame.frame(patient)


def bone_shapes(frame: Frame, bone: str) -> np.ndarray:
    """Return the shapes of one bone, (n, COLUMNS), without building the rest of the body."""
    made = _BUILDERS[bones.kind(bone)](frame)
    return next(part.shapes for part in made if part.does == BONE and part.bone == bones.VALUE[bone])


def parts(frame: Frame) -> tuple[Part, ...]:
    """Return all parts of the body in the order in which they are painted."""
    within = (
        *anatomy_soft.muscles(frame),
        *anatomy_soft.organs(frame),
        *anatomy_spine.ribs(frame),
        *anatomy_spine.spine(frame),
        *anatomy_legs.legs(frame),
        *anatomy_pelvis.pelvis(frame),
        *anatomy_arms.arms(frame),
        *anatomy_pelvis.skull(frame),
        *anatomy_wear.wear(frame),
    )
    solid = [part.shapes for part in within if part.does in (PAINT, BONE)]
    return anatomy_soft.outline(frame, around=np.concatenate(solid)), *within
