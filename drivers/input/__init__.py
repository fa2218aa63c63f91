"""Scanners, keypads and badge readers: from bytes or keys to whole scans, single keys and badges.

`assembly`, `wedge` and `protocols` are pure; `nodes` opens event nodes; `thread` waits, and `serial_scanner`,
`keyboard` and `keypad` are the kinds of device. Nothing here knows what a scan means: the text goes on exactly as the
scanner gave it.
"""
