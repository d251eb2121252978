"""From an experiment file to an `Experiment`, with every problem in it found in one pass."""
