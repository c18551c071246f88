"""The nouns and the rules, pure: no I/O, and nothing of the house above."""
