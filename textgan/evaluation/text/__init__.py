"""Measurements of sentence models, and of any sentences."""
