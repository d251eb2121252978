"""What is drawn once and shared by every policy: first spells, occasions, the state at the start."""
