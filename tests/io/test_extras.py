import pytest

from osteon.errors import MissingExtraError
from osteon.io.extras import require


def test_missing_package_names_the_command():
    with pytest.raises(MissingExtraError, match=r'pip install "osteon\[slides\]"') as caught:
        require("osteon_no_such_package", extra="slides")
    assert caught.value.exit_code == 2


def test_installed_package():
    assert require("json.decoder", extra="slides").__name__ == "json.decoder"
