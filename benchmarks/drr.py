"""Digitally reconstructed radiographs: a 256^3 volume onto 200 x 200 pixels, ours and the peers'.

All are given the same source, detector and volume of attenuation. "linear" and "siddon" are osteon's two ways; DiffDRR
has both (its siddon, the slower, is run once for its values), nanodrr the linear one. Peers run as they come: 500
points a ray, on the CPU, without gradients.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from importlib.metadata import version

import numpy as np
from measure import interleaved, medians, table
from scipy import ndimage

from osteon.geometry import volume_grid
from osteon.simulate.xray.projector import Method, integrals
from osteon.simulate.xray.view import View
from osteon.types import Grid

SIDE, PIXELS, ROUNDS, WANTED, THREADS = 256, 200, 3, 5.0, 2
SDD_MM, PIXEL_MM = 1020.0, 2.0
ANGLES, SHIFT_MM = (0.2, 0.1, -0.05), (5.0, 850.0, -8.0)
LPS = np.array([-1.0, -1.0, 1.0])


def main() -> str:
    """Return the results as Markdown."""
    volume = _volume()
    pose, rays = _diffdrr_rays(volume)
    grid = _grid()
    ways: dict[str, Callable[[], np.ndarray]] = {
        "osteon, linear": lambda: _ours(volume, grid, rays, "linear"),
        "osteon, siddon": lambda: _ours(volume, grid, rays, "siddon"),
        "DiffDRR, trilinear": _diffdrr(volume, pose, "trilinear"),
        "nanodrr": _nanodrr(volume, rays),
    }
    for way in ways.values():
        way()  # imports, and our compilation, which an installation does once and keeps
    measured, found = interleaved(ways, rounds=ROUNDS)
    seconds, reference = medians(measured), found["DiffDRR, trilinear"]
    base, exact = seconds["osteon, linear"], _diffdrr(volume, pose, "siddon")()
    rows = [
        [
            name,
            f"{seconds[name] * 1000:,.0f}",
            f"{seconds[name] / base:.1f}",
            f"{_worst(found[name], reference):.2f} %",
            f"{_worst(found[name], exact):.2f} %",
        ]
        for name in ways
    ]
    ratio = min(seconds[name] for name in ways if not name.startswith("osteon")) / base
    gap = _worst(found["osteon, linear"], reference)
    peers = ", ".join(f"{name} {version(name)}" for name in ("diffdrr", "nanodrr", "torch"))
    return "\n\n".join(
        [
            "## Digitally reconstructed radiographs",
            f"A {SIDE}^3 volume onto {PIXELS} x {PIXELS} pixels, {THREADS} threads for each; {peers}. Wanted: "
            f"{WANTED:g} times, within 1 % of DiffDRR's trilinear.",
            table(
                [
                    "",
                    f"ms (median of {ROUNDS})",
                    "times ours",
                    "largest difference from DiffDRR's trilinear",
                    "from its siddon",
                ],
                rows,
            ),
            f"Fastest peer: {ratio:.1f} times osteon's linear ({'reached' if ratio >= WANTED else 'NOT reached'}). "
            f"Differences are over the brightest pixel: {gap:.2f} % ({'reached' if gap <= 1.0 else 'NOT reached'}).",
        ]
    )


def _worst(found: np.ndarray, reference: np.ndarray) -> float:
    return float(100 * np.abs(found - reference).max() / reference.max())


def _volume() -> np.ndarray:
    """Return attenuation in 1/mm, (x, y, z) to the right, front and head: a body of soft tissue with bones in it."""
    rng = np.random.default_rng(3)
    rough = ndimage.zoom(rng.normal(size=(32, 32, 32)), SIDE / 32, order=1)
    x, y, z = (np.arange(SIDE) - (SIDE - 1) / 2 for _ in range(3))
    away = np.hypot(x[:, None] / 1.3, y[None, :])[..., None] + 0 * z
    volume = np.where(away < 85, 0.02 + 0.001 * rough, 0.0)
    bones = np.hypot(x[:, None, None] - 20 * np.sin(z / 20), y[None, :, None] - 30) + 0 * rough
    volume = np.where(bones < 18, 0.035 + 0.003 * rough, volume)
    return volume.astype(np.float32)


def _affine() -> np.ndarray:
    """Return (x, y, z) to RAS millimetres, about the middle."""
    return np.array([[1.0, 0, 0, -127.5], [0, 1.0, 0, -127.5], [0, 0, 1.0, -127.5], [0, 0, 0, 1.0]])


def _grid() -> Grid:
    return volume_grid((SIDE, SIDE, SIDE), np.diag([*LPS, 1.0]) @ _affine())


def _ours(volume: np.ndarray, grid: Grid, rays: View, method: Method) -> np.ndarray:
    return integrals(volume, grid=grid, view=rays, method=method, threads=THREADS)


def _renderer(volume: np.ndarray, name: str) -> object:
    import torch
    from diffdrr.data import read
    from diffdrr.drr import DRR
    from torchio import ScalarImage

    torch.set_num_threads(THREADS)
    subject = read(ScalarImage(tensor=torch.from_numpy(volume)[None], affine=_affine()), orientation="AP")
    subject.density.set_data(torch.from_numpy(volume)[None])
    return DRR(subject, sdd=SDD_MM, height=PIXELS, delx=PIXEL_MM, renderer=name)


def _diffdrr_rays(volume: np.ndarray) -> tuple[object, View]:
    """Return a pose of DiffDRR's, and its source and detector as a view of ours."""
    import torch
    from diffdrr.pose import convert

    turn, shift = torch.tensor([ANGLES]), torch.tensor([SHIFT_MM])
    pose = convert(turn, shift, parameterization="euler_angles", convention="ZXY")
    source, target = (part[0].double().numpy() * LPS for part in _renderer(volume, "siddon").detector(pose, None))
    pixels = target.reshape(PIXELS, PIXELS, 3)
    down, right = (pixels[-1, 0] - pixels[0, 0], pixels[0, -1] - pixels[0, 0])
    return pose, View(
        source_mm=source[0],
        corner_mm=pixels[0, 0],
        down_mm=down / (PIXELS - 1),
        right_mm=right / (PIXELS - 1),
        shape=(PIXELS, PIXELS),
    )


def _diffdrr(volume: np.ndarray, pose: object, name: str) -> Callable[[], np.ndarray]:
    import torch

    renderer = _renderer(volume, name)

    def way() -> np.ndarray:
        with torch.no_grad():
            return renderer(pose)[0, 0].numpy()

    return way


def _nanodrr(volume: np.ndarray, rays: View) -> Callable[[], np.ndarray]:
    """Return nanodrr's renderer, given the rays in millimetres of the world (RAS)."""
    import torch
    from nanodrr.data import Subject
    from nanodrr.drr import render

    data = torch.from_numpy(volume.transpose(2, 1, 0).copy())[None, None]
    world = torch.from_numpy(_affine()).float()
    scale = torch.diag(torch.tensor([2.0 / SIDE] * 3 + [1.0]))
    scale[:3, 3] = 1.0 / SIDE - 1.0
    subject = Subject(
        data, torch.zeros_like(data), world, torch.linalg.inv(world), scale, torch.zeros(3), convert_to_mu=False
    )
    source = torch.from_numpy(rays.source_mm * LPS).float()[None, None]
    target = torch.from_numpy((rays.pixels() * LPS).reshape(1, -1, 3)).float()
    eye = torch.eye(3)[None], torch.eye(4)[None], torch.tensor([SDD_MM])

    def way() -> np.ndarray:
        with torch.no_grad():
            image = render(subject, *eye, PIXELS, PIXELS, src=source, tgt=target)
        return image[0, 0].numpy()

    return way


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # the peers' own
    print(main())
