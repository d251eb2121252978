"""Compare policies in the same worlds: docs/comparison.md states each formula and its source.

values (complete worlds) -> intervals, best -> verdicts -> differences; bootstrap -> robustness,
pareto; whole puts them together and writing writes the files.
"""
