"""A run: the weeks of a policy in a world, its record, and its history."""
