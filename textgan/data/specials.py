"""Ids and names of the special tokens, apart from `types` so that tokenizers need no torch."""

PAD, BOS, EOS, UNK = 0, 1, 2, 3
"""Padding, begin and end of a sentence, unknown word: the same ids in every tokenizer and in `textgan.data.types`."""

SPECIALS = ("<pad>", "<s>", "</s>", "<unk>")
"""Names of the special tokens, in the order of their ids."""
