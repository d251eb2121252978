"""What the equations come to on average where nothing is spent: exact arithmetic, no draws."""
