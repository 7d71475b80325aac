"""One file per paper: wiring, the five methods (of sentences a sixth, `logits`), the losses.

Their names and settings: `textgan.recipes`.
"""
