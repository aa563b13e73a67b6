"""Python, and the packages that Midfill needs in it."""

from __future__ import annotations

import platform
import sys
from importlib import metadata

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from midfill.engine.check import Check
from midfill.engine.doctor.install import PACKAGE
from midfill.engine.doctor.shell import shell


def python() -> Check:
    """The interpreter's version."""
    version = platform.python_version()
    wanted = metadata.metadata("midfill")["Requires-Python"]
    if version not in SpecifierSet(wanted, prereleases=True):
        fix = f"install Midfill into a Python {wanted}"
        return Check("Python", "error", f"{version}, but Midfill needs {wanted}", fix)
    return Check("Python", "ok", f"{version}, {sys.executable}")


def packages() -> Check:
    """The versions of all other packages; llama-cpp-python has a check of its own."""
    needed = [Requirement(line) for line in metadata.requires("midfill") or ()]
    needed = [each for each in needed if each.marker is None or each.marker.evaluate({"extra": ""})]
    found = {each: _version(each.name) for each in needed if each.name != PACKAGE}
    wrong = [each for each in found if not (found[each] and each.specifier.contains(found[each]))]
    if wrong:
        detail = "; ".join(f"{each}, found {found[each] or 'none'}" for each in wrong)
        fix = shell([sys.executable, "-m", "pip", "install", *map(str, wrong)])
        return Check("packages", "error", f"not as needed: {detail}", fix)
    return Check("packages", "ok", f"{len(needed)}, all in versions that fit")


def _version(name: str) -> str:
    """Empty where the package is not installed."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""
