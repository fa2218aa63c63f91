"""Migrations: one file for each step to a newer schema, forward only. No migration touches ``entries``."""
