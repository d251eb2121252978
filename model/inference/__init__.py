"""Estimators on tables of the record."""
