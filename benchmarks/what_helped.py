"""What each step of the whole-film system buys: the packaged weights of `xray-knee-segunet-do2021.lite0`, step by step.

And what judging lesion crops a tenth smaller buys, by those of `xray-triage-he2020.lite0`.

On the held-out films of BTXRD's centre 1, which every choice was made on, so the figures are flattered. No network is
trained: only what is done with the trained ones can be taken away again. Needs BTXRD in the folder that OSTEON_DATA
names, and about four minutes of one core. Run: python benchmarks/what_helped.py
"""

import argparse
import csv
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from measure import table

from osteon import cohorts, weights
from osteon.contract import label_of
from osteon.engine.batches import chunks, stack
from osteon.engine.predictor import Predictor
from osteon.metrics import bootstrap, roc
from osteon.metrics.overlap import overlap
from osteon.models.closer_look import CloserLook
from osteon.models.segunet import class_logits
from osteon.systems._read_out import class_probabilities

NAME = "xray-knee-segunet-do2021.lite0"
CROPS = "xray-triage-he2020.lite0"
SHARES = (0.12, 0.15, 0.20)
"""Of normal films marked: the earlier versions' operating point, the packaged one's, and a usual one."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """What a step says of films: logits of tumour (n,) and of malignant if tumour (n,), and, drawn, maps (n, h, w)."""

    name: str
    tumour: np.ndarray
    malignant: np.ndarray | None = None
    maps: np.ndarray | None = None


def held_out(root, name=NAME):
    """Return the validation films of the packaged weights' own split."""
    with (weights.folder(name) / "split.csv").open(encoding="utf-8") as file:
        chosen = {row["study"] for row in csv.DictReader(file) if row["split"] == "validation"}
    return [study for study in cohorts.load(root / "btxrd").studies if study.name in chosen]


def looked_at(predictor, studies):
    """Return what both networks say of `studies`, array by array, and the masks (n, h, w)."""
    film, closer = predictor.parts["film"], predictor.parts["closer"]
    said: dict[str, list[np.ndarray]] = {}
    for few in chunks(studies, 8):
        samples = [next(iter(film.part.prepare(study, {}))) for study in few]
        batch = stack(samples)
        found = _passes(film.model, batch.inputs["image"])
        outputs = film.run(samples)
        found |= {f"all_{k}": torch.from_numpy(np.stack([o.values[k] for o in outputs])) for k in ("film", "tumour")}
        second = [next(iter(closer.part.prepare(s, {"film": (o,)}))) for s, o in zip(few, outputs, strict=True)]
        with torch.inference_mode():
            found |= {f"closer_{k}": v for k, v in closer.model(**stack(second).inputs).items()}
        found["mask"] = batch.targets["mask"]
        for name, values in found.items():
            said.setdefault(name, []).append(values.numpy())
    return {name: np.concatenate(parts) for name, parts in said.items()}


def _passes(network, image):
    """Return the answers of one pass, and of one with the mirror image."""
    network.thorough = False
    with torch.inference_mode():
        one, other = network(image), network(image.flip(-1))
    network.thorough = True
    both = (one["film"] + other["film"]) / 2
    return {"one_film": one["film"], "one_tumour": one["tumour"], "both_film": both}


def steps(said):
    """Return the steps in the order in which they were added."""
    one, both, whole = said["one_film"], said["both_film"], said["all_film"]
    votes, outline = said["closer_votes"], said["closer_tumour"][:, 0]
    return [
        Step(name="highest value of the tumour map, one pass", tumour=said["one_tumour"].max(axis=(1, 2, 3))),
        Step(name="read where the map points (lesion first)", tumour=one[:, 1], malignant=one[:, 2]),
        Step(name="both", tumour=one[:, :2].mean(axis=1), malignant=one[:, 2], maps=peaked(said["one_tumour"])),
        Step(name="with the mirror image", tumour=both[:, :2].mean(axis=1), malignant=both[:, 2]),
        Step(
            name="and the film a quarter larger and three eighths smaller, both ways",
            tumour=whole[:, :2].mean(axis=1),
            malignant=whole[:, 2],
            maps=peaked(said["all_tumour"]),
        ),
        Step(name="closer look: its opinion on malignancy", tumour=whole[:, :2].mean(axis=1), malignant=votes[:, 1]),
        Step(name="closer look: its say on tumour", tumour=votes[:, 0], malignant=votes[:, 1]),
        Step(name="closer look: its outline (as packaged)", tumour=votes[:, 0], malignant=votes[:, 1], maps=outline),
    ]


def peaked(maps):
    """Return logits (n, h, w) above 0 down to `DEPTH` below a film's highest, as the closer look's outlines reach."""
    level = (maps.max(axis=(1, 2, 3)) - CloserLook.DEPTH).clip(max=0)
    return maps[:, 0] - level[:, None, None]


def at_a_glance(said, *, classes, masks):
    """Return in words what `brisk` makes of the films with these weights: one pass, its own operating point."""
    tumour, some = said["one_film"][:, :2].mean(axis=1), classes > 0
    marked, maps = tumour > 0, peaked(said["one_tumour"])
    return (
        f"`xray-knee-segunet-do2021.brisk` with these weights (the third step, marking what it takes for a tumour) "
        f"marks {marked[~some].mean():.1%} of the normal films and {marked[some].mean():.1%} of those with a tumour; "
        f"its mean Dice is {mean_dice(maps, masks, marked, some=some)}."
    )


def row(step, *, classes, patients, masks):
    """Return the table's row of a step."""
    some = classes > 0
    cells = [step.name, interval(some, step.tumour, patients=patients)]
    if step.malignant is None:
        return [*cells, "", "", "", ""]
    logits = class_logits(*(torch.from_numpy(v)[:, None] for v in (step.tumour, step.malignant)))
    bad = classes[some] == 2
    cells.append(interval(bad, step.malignant[some], patients=patients[some]))
    cells.append(f"{roc.macro_auc(classes, logits.exp().numpy()):.3f}")
    return cells + [dice_at(step, share, some=some, masks=masks) for share in SHARES]


def interval(truth, scores, *, patients):
    """Return the AUC with its interval, as the results pages write it."""
    rng = np.random.default_rng(0)
    found = bootstrap.percentile(bootstrap.resample(roc.auc_statistic(truth, scores), patients, rng=rng))
    return f"{roc.auc(truth, scores):.3f} ({found.low:.3f} to {found.high:.3f})"


def dice_at(step, share, *, some, masks):
    """Return the mean Dice over tumour films where this share of normal films is marked."""
    if step.maps is None:
        return ""
    return mean_dice(step.maps, masks, step.tumour > np.quantile(step.tumour[~some], 1 - share), some=some)


def mean_dice(maps, masks, marked, *, some):
    """Return the mean Dice over the films with a tumour, of which those that are not `marked` have no outline."""
    pairs = zip(maps[some] > 0, masks[some] > 0.5, marked[some], strict=True)
    return f"{np.mean([overlap(outline & seen, truth).dice for outline, truth, seen in pairs]):.3f}"


def crop_sizes(root, *, every):
    """Return the table of the packaged crop weights, judged at the size they were trained at and as they are packaged.

    Of the bare answers: no temperature, which would change the ranks of three classes.
    """
    predictor, rows = Predictor.load(weights.folder(CROPS)), []
    lesion, task = predictor.parts["lesion"], predictor.system.tasks[0]
    samples = [sample for study in held_out(root, CROPS)[::every] for sample in lesion.part.prepare(study, {})]
    truth = np.array([sample.targets[task.name] for sample in samples])
    for share in (1.0, lesion.model.judged_at):
        lesion.model.judged_at = share
        odds = np.stack([class_probabilities(output.values) for output in lesion.run(samples)])
        areas = (*roc.one_versus_rest(truth, odds), roc.macro_auc(truth, odds))
        rows.append([f"{share:g}", *(f"{area:.3f}" for area in areas)])
    return f"{len(samples)} crops.\n\n" + table(["share of their size", *task.classes, "macro AUC"], rows)


def main():
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--films", type=int, help="only every so many, for a try")
    asked = parser.parse_args()
    root = Path(os.environ.get("OSTEON_DATA", Path(__file__).parents[2] / "shared" / "data"))
    studies = held_out(root)[:: asked.films or 1]
    predictor = Predictor.load(weights.folder(NAME))
    classes = np.array([label_of(study, predictor.system.tasks[0]) for study in studies])
    patients = np.array([study.patient for study in studies])
    said = looked_at(predictor, studies)
    rows = [row(s, classes=classes, patients=patients, masks=said["mask"][:, 0]) for s in steps(said)]
    head = ["step", "tumour against normal", "malignant if tumour", "macro AUC", *(f"Dice at {s:.0%}" for s in SHARES)]
    print("## What each step of the whole-film system buys\n")
    print(f"{len(studies)} held-out films of BTXRD's centre 1, {(classes > 0).sum()} with a tumour.\n")
    print(table(head, rows))
    print("\n" + at_a_glance(said, classes=classes, masks=said["mask"][:, 0]))
    print("\n## At which size lesion crops are judged\n")
    print(crop_sizes(root, every=asked.films or 1))


if __name__ == "__main__":
    main()
