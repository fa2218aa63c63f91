"""Scanners: from bytes or keys to whole scans.

`assembly` and `wedge` are pure; `thread` waits, and `serial_scanner` and `keyboard` open their kind of device.
Nothing here knows what a scan means: the text goes on exactly as the scanner gave it.
"""
