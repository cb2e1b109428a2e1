"""One module for each noun; ``VERBS`` has its commands in the order of the help."""
