"""The Mesa face."""
