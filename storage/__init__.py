"""Storage: the journal of entries and its projections in one SQLite file, and what is done when that file fails.

Holds the only SQL of the kiosk. It must not know what is on screen, what is on a wire, or what a decision is.
"""
