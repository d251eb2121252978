"""What money buys and who gets it: levers, mixes, policies.  Nothing here knows the truth."""
