"""A card on the bench: what is done to its files, and what a power cut leaves of it."""
