"""Fitting parameters to the targets of a setting of one's own."""
