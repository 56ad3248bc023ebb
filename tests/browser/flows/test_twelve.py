"""None of the twelve flows is missing."""

import re
from types import ModuleType

import pytest

from tests.browser.flows import test_answers, test_catalogue


def flows_of(module: ModuleType) -> list[str]:
    """The numbers that the tests of a module begin their sentences with; each takes `hands`."""
    tests = [f for name, f in vars(module).items() if name.startswith("test_")]
    named = [re.match(r"(F\d+): ", f.__doc__ or "") for f in tests]
    assert all("hands" in f.__annotations__ for f in tests)
    assert all(named), f"{module.__name__}: a test does not say which flow it walks"
    return [found[1] for found in named if found]


@pytest.mark.parametrize(
    ("module", "first", "last"), [(test_answers, 1, 8), (test_catalogue, 9, 12)]
)
def test_every_flow_is_walked(module: ModuleType, first: int, last: int) -> None:
    assert list(dict.fromkeys(flows_of(module))) == [f"F{n}" for n in range(first, last + 1)]
