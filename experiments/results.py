"""The results of an experiment in a notebook: `Results.open("results/first_look").runs`."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.running.store import read_manifest
from model.errors import InputError

if TYPE_CHECKING:
    import pandas as pd


class Results:
    """A results folder. Tables are read when they are asked for, and then kept.

    docs/data-dictionary.md describes their columns. InputError when the folder holds no results,
    or not the table asked for.
    """

    def __init__(self, folder: Path, manifest: dict[str, Any]) -> None:
        self.folder = folder
        self.manifest = manifest

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Results:
        """The results in a folder."""
        folder = Path(path)
        manifest = read_manifest(folder)
        if manifest is None:
            found = "holds no results (no manifest.json)" if folder.is_dir() else "no such folder"
            raise InputError(f"{folder}: {found}")
        return cls(folder, manifest)

    def __repr__(self) -> str:
        runs = self.manifest["counts"]["runs"]
        return f"<Results of {self.experiment}: {runs} runs, {self.manifest['status']}>"

    @property
    def experiment(self) -> str:
        """Name of the experiment."""
        return str(self.manifest["experiment"])

    @cached_property
    def runs(self) -> pd.DataFrame:
        """A row a run: every metric."""
        return self._parquet("runs")

    @cached_property
    def communities(self) -> pd.DataFrame:
        """A row a run and community."""
        return self._parquet("communities")

    @cached_property
    def groups(self) -> pd.DataFrame:
        """A row a run, exploitation type and gender."""
        return self._parquet("groups")

    @cached_property
    def levers(self) -> pd.DataFrame:
        """A row a run, year, community and lever with money in it."""
        return self._parquet("levers")

    @cached_property
    def series(self) -> pd.DataFrame:
        """A row a run, month and place class."""
        return self._parquet("series")

    @cached_property
    def design(self) -> pd.DataFrame:
        """A row a sampled future: what was drawn."""
        return self._parquet("design")

    @cached_property
    def comparison(self) -> pd.DataFrame:
        """A row a policy and metric: the paired difference to the baseline."""
        return self._csv("comparison")

    @cached_property
    def precision(self) -> pd.DataFrame:
        """A row a future and policy: how precise its difference is."""
        return self._csv("precision")

    def _parquet(self, name: str) -> pd.DataFrame:
        import pandas

        return pandas.read_parquet(self._path(f"{name}.parquet"))

    def _csv(self, name: str) -> pd.DataFrame:
        import pandas

        return pandas.read_csv(self._path(f"{name}.csv"))

    def _path(self, name: str) -> Path:
        path = self.folder / name
        if not path.is_file():
            raise InputError(
                f"{self.folder}: has no {name} (status: {self.manifest.get('status')})"
            )
        return path
