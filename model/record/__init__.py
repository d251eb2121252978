"""The types that agencies hold.  Nothing here knows the truth."""
