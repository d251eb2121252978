"""Doing the runs of an experiment once each, and keeping what they gave."""
