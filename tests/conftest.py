"""Settings and theorems that all tests share."""

import os

import pytest
from hypothesis import settings

from boundcalc import Theorem, registry

os.environ.setdefault("MPLBACKEND", "Agg")

# The same examples in every run; `pytest --hypothesis-profile=exploring` looks for new ones.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("exploring", max_examples=2000, deadline=None)
settings.load_profile("steady")

NAMES = ("sgd-nonconvex", "sgd-pl", "sgdm-nonconvex", "sgdm-pl")


@pytest.fixture(params=NAMES)
def theorem(request: pytest.FixtureRequest) -> Theorem:
    """Each theorem of the family in turn."""
    return registry.theorem(request.param)
