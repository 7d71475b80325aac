"""The report as one HTML page: tables, plots, sentences and paths, with the sections of a text model's evaluation."""
