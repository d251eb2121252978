"""The science, in rooms.  CONTRIBUTING.md says what each room is for and in which order to read."""
