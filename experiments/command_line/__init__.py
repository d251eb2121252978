"""The commands of `streetlight` as typer functions: names, options and help.

Each command's work is a function in `experiments.commands`, which it imports when it is called:
nothing heavy is imported here, so that `--help` answers at once.
"""
