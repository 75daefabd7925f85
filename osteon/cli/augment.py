"""`osteon augment`: derived images to train on beside the taken ones."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Annotated

import typer

from osteon.cli._app import app, group
from osteon.cli._options import AsJson, CohortDir, Out
from osteon.cli._printing import print_done
from osteon.cli._training import Options, trains

augment_app = group("Make derived images to train on: films projected from CTs, lesions drawn by a network.")
app.add_typer(augment_app, name="augment")


@augment_app.command("drr")
def augment_drr(
    cohort: CohortDir,
    *,
    out: Out,
    films: Annotated[int, typer.Option(help="Films of each CT.")] = 10,
    side_px: Annotated[int, typer.Option(help="Rows and columns of a film.")] = 512,
    seed: Annotated[int, typer.Option(help="Seed of views and noise.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Project films from the CTs of a cohort, the masks with them; each stays with its patient."""
    from osteon import cohorts
    from osteon.engine.drr import drr_cohort
    from osteon.engine.progress import bar
    from osteon.simulate.xray.drr import Drr

    found = cohorts.load(cohort)
    with bar() as shown:
        shown.begin("projecting", len(found.studies))
        path = drr_cohort(found, out, count=films, seed=seed, drr=Drr(shape=(side_px, side_px)), report=shown.at)
    next_ = f"osteon train SYSTEM FILMS --with {path}"
    print_done({"cohort": str(path)}, f"Projected: {path}. Next: {next_}", as_json=as_json)


@augment_app.command("gan")
@trains
def augment_gan(
    cohort: CohortDir,
    *,
    out: Out,
    word: Annotated[str, typer.Option("--class", help="The class to draw, as the cohort says it.")],
    column: Annotated[str, typer.Option(help="The label column.")] = "lesion",
    count: Annotated[int, typer.Option(help="Crops to draw.")] = 100,
    kind: Annotated[str, typer.Option(help="wgan-gp or dcgan.")] = "wgan-gp",
    epochs: Annotated[int, typer.Option(help="Of the training.")] = 200,
    split: Annotated[str, typer.Option(help="That of the training the crops are for.")] = "70/20/10",
    options: Options,
    as_json: AsJson = False,
) -> None:
    """Draw lesions of one class after those of the training side; RUN is the folder --out with -run behind it."""
    from osteon import cohorts
    from osteon.engine.gan import Drawing, draw_lesions, worth

    found = cohorts.load(cohort)
    drawing = Drawing(label=(column, word), count=count, kind=kind, epochs=epochs)
    drawn = draw_lesions(found, out.with_name(f"{out.name}-run"), drawing, options=replace(options, split=split))
    others = cohorts.split(found, split, seed=options.seed)
    held = [s for s in found.studies if s.name in others.validation | others.test]
    told = worth(drawn, found, held_out=held)
    path = cohorts.pack(drawn, out)
    words = (
        f"Drawn: {path}. Frechet distance to held-out crops {told.drawn_to_held_out:.1f}, of the training crops "
        f"{told.trained_to_held_out:.1f}; nearest to a training crop {told.copies.share:.0%}, by chance "
        f"{told.copies.expected:.0%}. Next: osteon train SYSTEM {cohort} --with {path} --split {split}"
    )
    print_done({"cohort": str(path), **asdict(told)}, words, as_json=as_json)
