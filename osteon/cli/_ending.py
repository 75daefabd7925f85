"""How a command ends: one exit code, and on an error one sentence, as text or as JSON."""

from __future__ import annotations

import io
import json
import logging
import os
import signal
import sys
import warnings
from collections.abc import Sequence
from types import FrameType
from typing import Any

import typer

from osteon import errors
from osteon.cli._app import app

INTERRUPTED = 130
GO_ON = ("train", "cross-validate", "learning-curve", "bench", "simulate", "gan")
"""Commands that keep what they had done when they were stopped; the others leave nothing behind."""
RANKS = ("RANK", "LOCAL_RANK")
"""Set above 0 in the further processes of a training on several devices."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and leave with its exit code: 0 done, 2 bad request, 3 bad input, 4 resumable.

    A fault of osteon itself leaves with 1 and names the place, not the data; OSTEON_TRACEBACK=1 shows all of it.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in words
    if arguments is None:
        _settle()
    if _helping():
        sys.stdout = io.StringIO()
    code: Any = 0
    try:
        code = app(words, prog_name="osteon", standalone_mode=False)
    except errors.OsteonError as error:
        fail(str(error), error.exit_code, as_json=as_json)
    except typer.Abort:
        code = INTERRUPTED
    except MemoryError:
        why = "There is not enough memory; close other programs, or give fewer files at once."
        fail(why, errors.InputError.exit_code, as_json=as_json)
    except Exception as error:
        _fail_otherwise(error, as_json=as_json)
    if code == INTERRUPTED:
        goes_on = any(word in GO_ON for word in words[:2])
        why = "goes on where it was" if goes_on else "starts anew; nothing half-written was left"
        fail(f"Stopped. The same command {why}.", errors.ResumableError.exit_code, as_json=as_json)
    sys.exit(code or 0)


def fail(text: str, code: int, *, as_json: bool) -> None:
    """Say `text` on standard error and leave with `code`; of several processes only the first does, each meets it."""
    if _helping() and code != errors.OsteonError.exit_code:
        sys.exit(0)
    print(json.dumps({"error": text, "exit_code": code}) if as_json else f"osteon: {text}", file=sys.stderr)
    sys.exit(code)


def _helping() -> bool:
    return any(os.environ.get(name, "0") != "0" for name in RANKS)


def _settle() -> None:
    """Make this process a command's own: a queue's polite stop is a person's Ctrl-C, and libraries are silent.

    What they warn of and log may name files and values of a patient.
    """
    signal.signal(signal.SIGTERM, _stop)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # else it is ignored, as behind a shell's &
        signal.signal(signal.SIGINT, _stop)
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
        logging.getLogger().addHandler(logging.NullHandler())


def _stop(_number: int, _frame: FrameType | None) -> None:
    """Stop as at a Ctrl-C, once: asked again while it winds down, a command ends all the same as it promised."""
    for asked in (signal.SIGTERM, signal.SIGINT):
        signal.signal(asked, signal.SIG_IGN)
    raise KeyboardInterrupt


def _fail_otherwise(error: Any, *, as_json: bool) -> None:
    """Leave after an error of the command's own parser, or a fault."""
    if hasattr(error, "format_message"):
        if not as_json:
            error.show()
            sys.exit(errors.RequestError.exit_code)
        fail(error.format_message(), errors.RequestError.exit_code, as_json=as_json)
    if os.environ.get("OSTEON_TRACEBACK"):
        raise error
    fail(_fault(error), errors.OsteonError.exit_code, as_json=as_json)


def _fault(error: Exception) -> str:
    """Return where `error` arose, without its text, which may hold what is a patient's."""
    trace, place = error.__traceback__, "osteon"
    while trace is not None:
        name = trace.tb_frame.f_globals.get("__name__", "")
        place = f"{name}, line {trace.tb_lineno}" if name.startswith("osteon.") else place
        trace = trace.tb_next
    return f"A fault of osteon ({type(error).__name__} in {place}); please report it with what you did."
