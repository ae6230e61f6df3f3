"""Rules of the house that no linter knows."""

import ast
import sys
from pathlib import Path

from finance_app.settings import ROOT

APP = ROOT / "finance_app"


def imported(file: Path) -> set[str]:
    """The modules that a file imports, dotted."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add("finance_app" if node.level else str(node.module))
    return found


def test_the_domain_uses_the_standard_library_only():
    for file in (APP / "domain").rglob("*.py"):
        for module in imported(file):
            allowed = module.split(".")[0] in sys.stdlib_module_names or module.startswith(
                "finance_app.domain"
            )
            assert allowed, f"{file.relative_to(ROOT)} imports {module}"


def test_nothing_is_called_by_no_name():
    names = {"utils", "helpers", "misc", "common"}
    assert not [str(file) for file in APP.rglob("*.py") if file.stem in names]


def test_the_locks_name_no_host():
    for lock in ("requirements.lock", "requirements-dev.lock"):
        lines = (ROOT / lock).read_text().splitlines()
        assert not [line for line in lines if "://" in line or line.startswith("-")]
        pinned = [line for line in lines if line and not line.startswith(" ")]
        assert all("==" in line for line in pinned)
        assert len(pinned) > 50


def test_tests_are_of_the_same_versions_as_the_product():
    def pins(lock: str) -> set[str]:
        return {line.split(" ")[0] for line in (ROOT / lock).read_text().splitlines() if "==" in line}

    assert pins("requirements.lock") <= pins("requirements-dev.lock")
