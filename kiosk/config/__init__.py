"""Configuration: this machine's settings, and the layout, policy and directory that a new kiosk begins with.

Holds the reading of files and the stored form of the three documents. It must not know a frame, a database or a thread.
"""

from kiosk.config.cameras import CameraSettings
from kiosk.config.chips import Chip
from kiosk.config.directories import directory_from_json, directory_to_json
from kiosk.config.displays import DisplayKind, DisplaySettings, ModeSetting, SharedFiles
from kiosk.config.families import FAMILIES, FamilyLimits
from kiosk.config.inputs import Keypad, Scanner, ScannerKind, ScannerProtocol
from kiosk.config.layouts import layout_from_json, layout_to_json
from kiosk.config.machine import (
    Board,
    ClockTrust,
    Files,
    Identity,
    Line,
    Machine,
    Secrets,
)
from kiosk.config.policies import policy_from_json, policy_to_json
from kiosk.config.reader import DocumentError, Fault
from kiosk.config.site import Refusal, Site, read_site, warnings_of, wiring_faults

__all__ = [
    "FAMILIES",
    "Board",
    "CameraSettings",
    "Chip",
    "ClockTrust",
    "DisplayKind",
    "DisplaySettings",
    "DocumentError",
    "FamilyLimits",
    "Fault",
    "Files",
    "Identity",
    "Keypad",
    "Line",
    "Machine",
    "ModeSetting",
    "Refusal",
    "Scanner",
    "ScannerKind",
    "ScannerProtocol",
    "Secrets",
    "SharedFiles",
    "Site",
    "directory_from_json",
    "directory_to_json",
    "layout_from_json",
    "layout_to_json",
    "policy_from_json",
    "policy_to_json",
    "read_site",
    "warnings_of",
    "wiring_faults",
]
