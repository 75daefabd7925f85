"""osteon: deep learning on bone tumours, from files to an honest answer. Research software, not a medical device."""

from importlib.metadata import version

__version__ = version("osteon")
