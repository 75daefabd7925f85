"""The film of the demonstration: a real radiograph of a real bone tumour that another package ships."""

import importlib.util
from pathlib import Path

from osteon.errors import MissingExtraError


def film() -> Path:
    """Return the path of RG3_J2KR.dcm: a non-ossifying fibroma of the distal tibia, from `pydicom-data`.

    Raises:
        MissingExtraError: The package is not installed.

    """
    spec = importlib.util.find_spec("data_store")
    if spec is None or not spec.submodule_search_locations:
        msg = 'The demo reads a film of the pydicom-data package, which is not installed: pip install "osteon[demo]".'
        raise MissingExtraError(msg)
    return Path(spec.submodule_search_locations[0]) / "data" / "RG3_J2KR.dcm"
