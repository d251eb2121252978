"""Studies of the model and of the statistics themselves, which the docs report.

They are not installed. Each is run from the root of the repository, for example

    python -m studies.controls
"""
