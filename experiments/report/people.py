"""To come."""

from __future__ import annotations

from typing import Any

from streetlight.experiments.analyse.study import Study


def section(study: Study) -> dict[str, Any]:
    """Nothing yet."""
    return {}
