"""Questions put to the model: config, design, runner, store, comparison, and the command."""
