"""What the figures are drawn of."""

import pytest

from studio2shop import render_catalogue


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    return render_catalogue(tmp_path_factory.mktemp("rendered") / "studio", 11, 44, (48, 32))
