"""Metrics of images and of points."""
