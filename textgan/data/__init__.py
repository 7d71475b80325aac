"""From files to batches: readers -> tokenizer -> memory-mapped token ids -> an endless stream of batches."""
