"""The table of communities: built in, from a file, from lists, or invented."""
