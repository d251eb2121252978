"""The results of an experiment in a notebook: `Results.open("results/first_look").runs`."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from streetlight.experiments.running.reading import (
    A_FOLDER,
    OF_A_RUN,
    again,
    read_manifest,
    read_parquet,
)
from streetlight.model.calling import explained, path_of
from streetlight.model.errors import InputError

if TYPE_CHECKING:
    import pandas as pd


class Results:
    """A results folder. Tables are read when they are asked for, and then kept.

    folder: its path; manifest: what manifest.json says, as a dict. Tables are pandas DataFrames,
    and docs/data-dictionary.md describes their columns. InputError when the folder holds no
    results, or not the table asked for.

    >>> results = sl.Results.open("results/tiny")
    >>> results
    <Results of tiny: 12 runs, done>
    >>> results.comparison.loc[0, ["policy", "metric", "direction"]].tolist()
    ['equal_shares', 'averted_person_years', 'more']
    >>> results.design["future"].tolist()
    ['central', 'no_barrier']
    """

    @explained("Results", "; Results.open(folder) opens what is in a folder")
    def __init__(self, folder: Path, manifest: dict[str, Any]) -> None:
        self.folder = folder
        self.manifest = manifest

    @classmethod
    @explained("Results.open")
    def open(cls, path: str | os.PathLike[str]) -> Results:
        """The results in a folder; InputError when there are none, or the manifest is damaged.

        >>> sl.Results.open("nowhere")
        Traceback (most recent call last):
        streetlight.model.errors.InputError: nowhere: ...
        """
        folder = path_of("path", path, A_FOLDER)
        return cls(folder, read_manifest(folder, OF_A_RUN))

    def __repr__(self) -> str:
        runs = self.manifest["counts"]["runs"]
        return f"<Results of {self.experiment}: {runs} runs, {self.manifest['status']}>"

    @property
    def experiment(self) -> str:
        """Name of the experiment."""
        return str(self.manifest["experiment"])

    @cached_property
    def runs(self) -> pd.DataFrame:
        """A row a run (policy, future, replicate): every metric, in its own unit."""
        return self._parquet("runs")

    @cached_property
    def communities(self) -> pd.DataFrame:
        """A row a run and community: persons, counts and dollars over the policy years."""
        return self._parquet("communities")

    @cached_property
    def groups(self) -> pd.DataFrame:
        """A row a run, exploitation type and gender: counts over the policy years."""
        return self._parquet("groups")

    @cached_property
    def levers(self) -> pd.DataFrame:
        """A row a run, year, community and lever with money in it: dollars and units."""
        return self._parquet("levers")

    @cached_property
    def series(self) -> pd.DataFrame:
        """A row a run, month and place class: truth and record."""
        return self._parquet("series")

    @cached_property
    def design(self) -> pd.DataFrame:
        """A row a future: the value of each parameter that differs between them."""
        return self._parquet("design")

    @cached_property
    def measures(self) -> pd.DataFrame:
        """A row a measure, group of places, year, plan and future: level, difference, verdict."""
        return self._parquet("measures")

    @cached_property
    def comparison(self) -> pd.DataFrame:
        """A row a policy and metric: paired difference to the baseline, intervals, verdict."""
        return self._csv("comparison")

    @cached_property
    def precision(self) -> pd.DataFrame:
        """A row a future and policy: how precise its difference is, in the metric's unit."""
        return self._csv("precision")

    def _parquet(self, name: str) -> pd.DataFrame:
        return read_parquet(self._path(f"{name}.parquet")).to_pandas()

    def _csv(self, name: str) -> pd.DataFrame:
        import pandas

        path = self._path(f"{name}.csv")
        try:
            return pandas.read_csv(path)
        except ValueError as error:  # of pandas' own and of text that is no UTF-8
            raise InputError(f"{path}: is damaged ({error}); {again(self.folder)}") from None

    def _path(self, name: str) -> Path:
        path = self.folder / name
        if not path.exists():
            raise InputError(
                f"{self.folder}: has no {name} (status: {self.manifest.get('status')})"
            )
        return path
