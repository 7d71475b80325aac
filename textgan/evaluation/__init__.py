"""How good a model is: its reconstructions, codes and samples, compared with held-out data."""
