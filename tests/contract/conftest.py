"""Where the bindings' own declarations are found."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--contracts FOLDER`: where each binding's build left its `<language>/contract.json`."""
    parser.addoption("--contracts", type=Path, default=ROOT / "build")


@pytest.fixture(scope="session")
def contracts(request: pytest.FixtureRequest) -> Path:
    """The folder of the bindings' builds."""
    folder: Path = request.config.getoption("--contracts")
    return folder
