"""Commissioning: trying locks, learning contacts and examining devices, for commands and maintenance screens alike.

It must not know a command line or a screen: what is to be said to a person is handed in as a function.
"""
