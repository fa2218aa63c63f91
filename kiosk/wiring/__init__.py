"""The composition root: the only place that knows every adapter, and puts one kiosk together.

Holds who gets what from whom. It must not decide anything: rules stand in the core, waiting in the edges.
"""
