"""The options that every command which trains has, said once: `@trains` gives them to it."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any

import typer

from osteon.cli._options import Allow, Device, Threads

Options = Any
"""An `osteon.engine.TrainOptions`; naming it here would load torch."""


def asked(
    *,
    seed: Annotated[int, typer.Option(help="Seed of everything drawn.")] = 0,
    from_scratch: Annotated[bool, typer.Option(help="Start without the pre-trained weights.")] = False,
    allow: Allow = None,
    overrides: Annotated[
        list[str] | None, typer.Option("--set", help="Change a setting: fit.epochs=5, lesion.fit.lr=1e-4.")
    ] = None,
    device: Device = "auto",
    devices: Annotated[int, typer.Option(help="GPUs, or processes on the CPU, that share each batch.")] = 1,
    threads: Threads = None,
    precision: Annotated[str | None, typer.Option(help="32-true, bf16-mixed or 16-mixed.")] = None,
    workers: Annotated[int, typer.Option(help="Threads that prepare batches ahead.")] = 2,
    compiled: Annotated[
        bool, typer.Option("--compile", help="Compile networks: slower to start, faster a step.")
    ] = False,
) -> Options:
    """Return the options of a training as the user gave them."""
    from osteon import engine

    return engine.TrainOptions(
        seed=seed, device=device, devices=devices, threads=threads, precision=precision, workers=workers,
        compile=compiled, from_scratch=from_scratch, allow=tuple(allow or ()), overrides=tuple(overrides or ()),
    )  # fmt: skip


def trains(command: Callable[..., None]) -> Callable[..., None]:
    """Return `command` with the options of `asked` in place of its parameter `options`, which gets what they make."""
    shared = inspect.signature(asked, eval_str=True).parameters
    own = inspect.signature(command, eval_str=True)

    @wraps(command)
    def run(**words: Any) -> None:
        options = asked(**{name: words.pop(name) for name in shared})
        command(**words, options=options)

    kept = [p for name, p in own.parameters.items() if name != "options"]
    everything = [p for p in kept if p.name != "as_json"] + list(shared.values())
    everything += [p for p in kept if p.name == "as_json"]
    run.__signature__ = own.replace(parameters=everything)  # ty: ignore[missing-attribute] # typer reads it
    run.__annotations__ = {p.name: p.annotation for p in everything}
    return run
