"""Optional packages: imported where they are used, and named with their install command when missing."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from osteon.errors import MissingExtraError


def require(module: str, *, extra: str) -> ModuleType:
    """Return the optional `module`, imported.

    Args:
        module: Dotted name, such as "openslide".
        extra: The extra of osteon that installs it.

    Raises:
        MissingExtraError: It is not installed, or cannot be loaded here.

    Example:
        >>> require("json", extra="slides").dumps(1)
        '1'

    """
    try:
        return import_module(module)
    except (ImportError, OSError) as error:  # OSError: the package is there, its shared library is not
        msg = f'This needs the package "{module}", which is not installed: pip install "osteon[{extra}]"'
        raise MissingExtraError(msg) from error
