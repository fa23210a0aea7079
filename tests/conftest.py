"""What every test may count on: the `node` and `chromium` marks, and Hypothesis profiles.

A test whose tool is missing is skipped, with the reason. Where LOGVIEW_TEST_REQUIRE names the tool ("node", as
`.ci/run` sets it) the test fails instead: a skip there would hide a broken machine.
"""

from __future__ import annotations

import os
import shutil

import pytest
from hypothesis import HealthCheck, settings

TOOLS = {
    "node": ("node", "npm"),
    "chromium": ("chromium", "chromium-browser", "google-chrome"),
}
"""Mark → programs; `node` needs all of its, `chromium` one."""

settings.register_profile("default", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("fuzz", deadline=None, max_examples=5_000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def is_missing(tool: str) -> bool:
    found = [shutil.which(program) is not None for program in TOOLS[tool]]
    return not (all(found) if tool == "node" else any(found))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    required = os.environ.get("LOGVIEW_TEST_REQUIRE", "").split(",")
    missing = {tool for tool in TOOLS if is_missing(tool)} - set(required)
    for item in items:
        for tool in sorted(missing):
            if item.get_closest_marker(tool):
                item.add_marker(pytest.mark.skip(reason=f"{tool} is not installed ({' / '.join(TOOLS[tool])})"))
