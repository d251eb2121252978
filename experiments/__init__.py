"""Questions put to the model: config -> design -> runner -> store -> analysis, and the command."""
