"""Classification of texts with few labels in seconds: linear views, which teach each other, and their weights."""

SETTINGS = "ensemble.json"
"""The file by which a folder is known to hold a classifier; here, so that to look for it loads nothing."""
