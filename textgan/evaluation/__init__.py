"""How good is a model: what it reconstructs, and what it writes beside real sentences."""
