"""Rules and planners, one file a family."""
