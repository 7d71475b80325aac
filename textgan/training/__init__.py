"""Training: the trainer, which alone moves parameters, and the run around it."""
