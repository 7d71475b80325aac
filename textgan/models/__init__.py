"""One file per paper: wiring, the methods of `Game`, the losses. Their names and settings: `textgan.recipes`."""
