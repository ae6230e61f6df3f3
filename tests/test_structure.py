"""Rules of the house that no linter knows."""

import ast
import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

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


def modules_of_ours(tree: ast.Module) -> dict[str, ModuleType]:
    """The modules that a file imports whole, by the names it gives them and nothing else."""
    found: dict[str, ModuleType] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("finance_app"):
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                package = importlib.import_module(str(node.module))
                if hasattr(package, "__path__") and importlib.util.find_spec(name):
                    found[alias.asname or alias.name] = importlib.import_module(name)
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    other = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    other |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    return {name: module for name, module in found.items() if name not in other}


def test_what_is_taken_from_a_module_is_there():
    """The type checker is told not to look at attributes, for Reflex makes most of those of a state."""
    rooms = ("api", "components", "jobs", "pages", "services", "states")
    for file in (file for room in rooms for file in (APP / room).rglob("*.py")):
        tree = ast.parse(file.read_text())
        modules = modules_of_ours(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                module = modules.get(node.value.id)
                assert module is None or hasattr(module, node.attr), (
                    f"{file.relative_to(ROOT)}:{node.lineno}: {node.value.id} has no {node.attr}"
                )


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
