"""The kiosk itself: the pure core, the engine around it, and what starts it. It must not know a simulator."""

__version__ = "0.1.0"
"""What stands in the record as the software of a boot."""
