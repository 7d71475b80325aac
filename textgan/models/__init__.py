"""One file per paper: wiring, the five methods, the losses. Their names and settings: `textgan.recipes`."""
