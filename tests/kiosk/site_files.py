"""A small site as its four files, and how a changed one is read. Holds no test."""

from pathlib import Path

from kiosk.config import Refusal, Site, read_site

EXAMPLE_SITE = Path(__file__).parents[2] / "docs" / "example-site"
VERIFIER, OTHER_VERIFIER = "ab" * 32, "cd" * 32
MACHINE = """
[kiosk]
id = "k1"
name = "Test bank"
data_directory = "data"

[[line]]
id = "l1"
port = "/dev/serial/by-path/one"
baud = 9600

[[line]]
id = "l2"
port = "/dev/serial/by-path/two"
baud = 9600

[[board]]
id = "b1"
line = "l1"
family = "shuoming"
address = 1
channels = 24
closed_level = 1
inverted_channels = [7]

[[board]]
id = "w1"
line = "l2"
family = "waveshare"
address = 200
channels = 8
inputs = 8
closed_level = 0

[[board]]
id = "w2"
line = "l2"
family = "waveshare"
address = 2
channels = 32

[[scanner]]
id = "front"
kind = "serial"
port = "/dev/serial/by-id/scanner"
baud = 115200

[secrets]
code_key = "code.key"
notice_key = "/etc/keys/notice.key"

[files]
layout = "layout.toml"
policy = "policy.toml"
directory = "directory.toml"

[clock]
trust = "always"
"""
LAYOUT = """
[[size]]
name = "S"
height_mm = 100
width_mm = 420
depth_mm = 500

[[size]]
name = "L"
height_mm = 400
width_mm = 420
depth_mm = 500

[[compartment]]
label = "A01"
size = "S"
column = 1
row = 1
left_mm = 0
bottom_mm = 1000
width_mm = 450
height_mm = 120
board = "b1"
channel = 1
contact = "board feedback"

[[compartment]]
label = "A02"
size = "L"
column = 1
row = 2
left_mm = 0
bottom_mm = 580
width_mm = 450
height_mm = 420
board = "w2"
channel = 32
contact = "board input"
contact_board = "w1"
contact_channel = 8
accessible = true

[[compartment]]
label = "A03"
size = "S"
column = 1
row = 3
left_mm = 0
bottom_mm = 400
width_mm = 450
height_mm = 120
board = "w1"
channel = 1
contact = "none"
"""
POLICY = """
pulse_ms = 400
anonymous_drop = true
"""
DIRECTORY = f"""
utc_offset_minutes = -300
[[unit]]
unit = "12B"
[[unit]]
unit = "3-4"
[[resident]]
resident = "R-1"
unit = "12B"
name = "First Example"
needs_reach = true
[[resident]]
resident = "R-2"
unit = "3-4"
name = "Second Example"
welcome = "moved_out"
[[courier]]
courier = "C-1"
carrier = "ups"
verifier = "{VERIFIER}"
windows = ["mon-tue 08:00-18:30", "sun 20:00-24:00"]
[[courier]]
courier = "C-2"
carrier = "dhl"
personal = true
verifier = "{OTHER_VERIFIER}"
"""
FILES = {"kiosk.toml": MACHINE, "layout.toml": LAYOUT, "policy.toml": POLICY, "directory.toml": DIRECTORY}


def written(directory: Path, /, **changed: str) -> Path:
    """The test site in ``directory``, with whole files changed; the path of its settings."""
    for name, text in FILES.items():
        (directory / name).write_text(changed.get(name.removesuffix(".toml"), text), encoding="utf-8")
    return directory / "kiosk.toml"


def read(directory: Path) -> Site:
    site = read_site(directory / "kiosk.toml")
    assert isinstance(site, Site), site
    return site


def faults_of(directory: Path, /, **changed: str) -> list[str]:
    """The faults, with file names as they are within the site."""
    refusal = read_site(written(directory, **changed))
    assert isinstance(refusal, Refusal)
    assert not refusal.unreadable
    return [str(fault).replace(f"{directory}/", "") for fault in refusal.faults]


def edited(file: str, old: str, new: str) -> dict[str, str]:
    """The file with the first ``old`` in it made ``new``; it must be there."""
    text = FILES[f"{file}.toml"]
    assert old in text
    return {file: text.replace(old, new, 1)}
