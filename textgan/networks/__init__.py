"""Architecture only: modules with one forward; no losses, no optimizers."""
