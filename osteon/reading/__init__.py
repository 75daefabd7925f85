"""A patient's files to the systems that apply, to one reading."""

from osteon.reading.read import read

__all__ = ["read"]
