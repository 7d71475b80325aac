"""Classification of texts with few labels in seconds: linear views, which teach each other, and their weights."""
