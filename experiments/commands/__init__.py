"""One module a command; every command is also a plain function that returns an exit code."""
