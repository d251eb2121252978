"""Studies of the model and of the statistics themselves, which the docs report."""
