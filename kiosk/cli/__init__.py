"""The commands of `kiosk`, one module for each group; each registers itself with the parser.

Holds nothing itself. A command must not know another command.
"""
