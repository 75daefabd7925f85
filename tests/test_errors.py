"""The tree of errors: drawn as it is, each with its exit code."""

import inspect

from osteon import errors


def members() -> dict[str, type]:
    return {n: c for n, c in inspect.getmembers(errors, inspect.isclass) if issubclass(c, errors.OsteonError)}


def test_every_error_stands_in_the_drawn_tree_with_its_exit_code() -> None:
    lines = {
        line.split()[-4 if "exit" in line else -1]: line for line in errors.__doc__.splitlines() if "Error" in line
    }
    for name, cls in members().items():
        line = next(text for text in errors.__doc__.splitlines() if name in text)
        if cls is not errors.OsteonError:
            assert f"exit {cls.exit_code}" in line, name
    assert lines


def test_an_input_error_names_its_file_once() -> None:
    error = errors.GeometryError("The slices are uneven; resend the series.", file="a b/ü.dcm")
    assert str(error) == "a b/ü.dcm: The slices are uneven; resend the series."
    assert error.why.startswith("The slices")
    assert str(errors.InputError("No file.")) == "No file."


def test_exit_codes_are_the_documented_four() -> None:
    assert {c.exit_code for c in members().values()} == {1, 2, 3, 4}
