"""Screens: one function per page of the screen model, from a setting to a picture."""
