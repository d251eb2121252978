"""The week: one file a phase, each a pure step on the state."""
