"""What is drawn once and shared by every policy: spells, occasions, the state at the start."""
