"""What drives the difference between two policies, and when the preferred one fails."""
