"""Faults of the configuration: each is named with its file, its key and what is allowed; all of them at once."""

from pathlib import Path

import pytest

from kiosk.config import Refusal, read_site
from tests.kiosk.site_files import DIRECTORY, LAYOUT, MACHINE, OTHER_VERIFIER, VERIFIER, edited, faults_of, written

FAMILY_ALLOWED = "one of kerong, shuoming, waveshare, winnsen, wkly is allowed"

# --- one fault each ---

ONE_FAULT = (
    # keys of the settings
    (
        "kiosk",
        "channels = 24",
        "chanels = 24\nchannels = 24",
        "board[b1].chanels: is no key here; did you mean channels?",
    ),
    ("kiosk", "[clock]", "[clock]\nzone = 1", "clock.zone: is no key here; allowed are trust"),
    (
        "kiosk",
        "[clock]",
        "[broker]\n[clock]",
        "broker: is no key here; allowed are badge_reader, board, camera, chip, clock, display, files, keypad, ",
    ),
    ("kiosk", "address = 1\n", "", "board[b1].address: is missing; a whole number from 1 to 32 is allowed"),
    ("kiosk", 'trust = "always"', 'trust = "no"', "clock.trust: one of synchronised, always is allowed, not 'no'"),
    # types and ranges
    (
        "kiosk",
        "address = 1\n",
        "address = true\n",
        "board[b1].address: a whole number from 1 to 32 is allowed, not true",
    ),
    (
        "kiosk",
        "address = 1\n",
        "address = 1.0\n",
        "board[b1].address: a whole number from 1 to 32 is allowed, not a fraction",
    ),
    ("kiosk", "address = 1\n", 'address = "1"\n', "board[b1].address: a whole number from 1 to 32 is allowed, not '1'"),
    ("kiosk", "address = 1\n", "address = 33\n", "board[b1].address: a whole number from 1 to 32 is allowed, not 33"),
    ("kiosk", "address = 1\n", "address = 0\n", "board[b1].address: a whole number from 1 to 32 is allowed, not 0"),
    (
        "kiosk",
        "address = 1\n",
        "address = []\n",
        "board[b1].address: a whole number from 1 to 32 is allowed, not a list",
    ),
    ("kiosk", "address = 200", "address = 256", "board[w1].address: a whole number from 1 to 255 is allowed, not 256"),
    ("kiosk", "channels = 24", "channels = 51", "board[b1].channels: a whole number from 1 to 50 is allowed, not 51"),
    ("kiosk", "inputs = 8", "inputs = 9", "board[w1].inputs: a whole number from 0 to 8 is allowed, not 9"),
    ("kiosk", "channels = 24", "channels = 24\ninputs = 8", "board[b1].inputs: is no key here; allowed are"),
    ("kiosk", "closed_level = 1\n", "", "board[b1].closed_level: is missing; a whole number from 0 to 1 is allowed"),
    (
        "kiosk",
        "closed_level = 0",
        "closed_level = 2",
        "board[w1].closed_level: a whole number from 0 to 1 is allowed, not 2",
    ),
    ("kiosk", "[7]", "[25]", "board[b1].inverted_channels: a list of different whole numbers from 1 to 24 is allowed"),
    (
        "kiosk",
        "[7]",
        "[7, 7]",
        "board[b1].inverted_channels: a list of different whole numbers from 1 to 24 is allowed",
    ),
    (
        "kiosk",
        "inputs = 8",
        "inputs = 8\nconstant_check = true",
        "board[w1].constant_check: is no key here; allowed are",
    ),
    (
        "kiosk",
        "inputs = 8",
        "inputs = 8\nversion = 65536",
        "board[w1].version: a whole number from 0 to 65535 is allowed, not 65536",
    ),
    (
        "kiosk",
        "channels = 24",
        "channels = 24\nversion = 200",
        "board[b1].version: is no key here; allowed are",
    ),
    (
        "kiosk",
        "channels = 24",
        'channels = 24\nbyte_order = "big"',
        "board[b1].byte_order: one of first, last is allowed, not 'big'",
    ),
    (
        "kiosk",
        "channels = 24",
        "channels = 24\nconstant_check = 1",
        "board[b1].constant_check: true or false is allowed, not 1",
    ),
    ("kiosk", '"shuoming"', '"shuming"', f"board[b1].family: {FAMILY_ALLOWED}, not 'shuming'"),
    (
        "kiosk",
        '"shuoming"',
        '"LCUS-4"',
        (
            "board[b1].family: lcus: nothing on the board ends a pulse, so its lock stays energised when the program "
            f"or the port dies; {FAMILY_ALLOWED}, not 'LCUS-4'"
        ),
    ),
    ("kiosk", '"shuoming"', '"numato"', "board[b1].family: numato: nothing on the board ends a pulse, so its lock"),
    ("kiosk", '"shuoming"', '"kmtronic"', "board[b1].family: kmtronic: nothing on the board ends a pulse, so its lock"),
    (
        "kiosk",
        '"shuoming"',
        '"icstation"',
        "board[b1].family: icstation: opening its port energises relays by itself, and nothing on the board ends",
    ),
    ("kiosk", '"shuoming"', "7", f"board[b1].family: {FAMILY_ALLOWED}, not 7"),
    (
        "kiosk",
        "baud = 9600",
        "baud = 9601",
        "line[l1].baud: one of 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200 is allowed, not 9601",
    ),
    (
        "kiosk",
        "baud = 9600",
        "baud = 9600\npause_ms = 501",
        "line[l1].pause_ms: a whole number from 0 to 500 is allowed, not 501",
    ),
    (
        "kiosk",
        '"/dev/serial/by-path/one"',
        '"ttyUSB0"',
        "line[l1].port: an absolute path such as /dev/serial/by-path/… is allowed, not 'ttyUSB0'",
    ),
    ("kiosk", '"k1"', '"K 1"', "kiosk.id: 1 to 32 small letters, digits or '-' is allowed, not 'K 1'"),
    ("kiosk", '"Test bank"', '""', "kiosk.name: 1 to 80 characters without blanks around is allowed, not this text"),
    ("kiosk", "[secrets]", 'name = "x"\n[secrets]', "scanner[front].name: is no key here; allowed are"),
    ("kiosk", "baud = 9600\n", "", "line[l1].baud: is missing; one of 1200, 2400, 4800, 9600"),
    # names and places
    ("kiosk", 'line = "l1"', 'line = "l9"', "board[b1].line: 'l9' is no line of this file; one of l1, l2 is allowed"),
    (
        "kiosk",
        "[[board]]",
        '[[line]]\nid = "l1"\nport = "/dev/three"\nbaud = 9600\n[[board]]',
        "line[l1].id: 'l1' is there already; each name is allowed once",
    ),
    (
        "kiosk",
        "by-path/two",
        "by-path/one",
        "line[l2].port: another line has this port; one line for each port is allowed",
    ),
    (
        "kiosk",
        "address = 2\n",
        "address = 200\n",
        "board[w2].address: w1 has address 200 on line l2; one board for each address is allowed",
    ),
    (
        "kiosk",
        "/dev/serial/by-id/scanner",
        "/dev/serial/by-path/one",
        "scanner[front].port: a line or another scanner has this port; one user",
    ),
    ("kiosk", 'kind = "serial"', 'kind = "usb"', "scanner[front].kind: one of serial, keyboard is allowed, not 'usb'"),
    # secrets
    (
        "kiosk",
        '"code.key"',
        f'"{"0a" * 32}"',
        "secrets.code_key: a path to a file that holds the key, never the key itself, is allowed, not this text",
    ),
    (
        "kiosk",
        '"code.key"',
        f'"{"Qk" * 21}Q="',
        "secrets.code_key: a path to a file that holds the key, never the key itself, is allowed, not this text",
    ),
    (
        "kiosk",
        'code_key = "code.key"\n',
        "",
        "secrets.code_key: is missing; code_key and notice_key, perhaps signing_key beside them, or none is allowed",
    ),
    (
        "kiosk",
        "[kiosk]",
        '[kiosk]\npassword = "p"',
        "kiosk.password: no secret is allowed here; secrets are credentials of the service",
    ),
    (
        "kiosk",
        "[kiosk]",
        '[kiosk]\norigin = "https://lockers.example"',
        "kiosk.origin: 1 to 100 letters, digits, '.', '/', '_' or '-', such as lockers.example, is allowed",
    ),
    # the files
    (
        "kiosk",
        '"policy.toml"',
        '"nowhere.toml"',
        "files.policy: a file that can be read is allowed; nowhere.toml: No such file or directory",
    ),
    ("kiosk", "[kiosk]", "[kiosk", "the file: TOML in UTF-8 is allowed; "),
    ("policy", "pulse_ms = 400", "pulse_ms = ", "the file: TOML in UTF-8 is allowed; "),
    ("layout", "[[size]]", "[[size]]\nname = 1", "the file: TOML in UTF-8 is allowed; "),
    # the layout by itself
    ("layout", "\n", "version = 3\n", "version: is no key here; allowed are compartment, size"),
    (
        "layout",
        'contact = "none"',
        "",
        "compartment[A03].contact: is missing; one of board feedback, board input, gpio, none is allowed",
    ),
    (
        "layout",
        'contact = "none"',
        'contact = "boards"',
        "compartment[A03].contact: one of board feedback, board input, gpio, none is allowed, not 'boards'",
    ),
    (
        "layout",
        'contact = "none"',
        'contact = "none"\ncontact_channel = 1',
        "compartment[A03].contact_channel: is no key here; did you mean contact?",
    ),
    (
        "layout",
        'contact = "none"',
        'contact = "gpio"\ncontact_chip = "header"',
        "compartment[A03].contact_pin: is missing; a whole number from 0 to 255 is allowed",
    ),
    ("layout", '"A02"', '"a01"', "compartment[a01].label: 'A01' is there already; each label is allowed once"),
    (
        "layout",
        'label = "A02"',
        'label = "door two"',
        "compartment[door two].label: the label on the door, 1 to 6 letters, digits or '-', is allowed",
    ),
    (
        "layout",
        'board = "w1"\nchannel = 1',
        'board = "b1"\nchannel = 1',
        (
            "compartment[A03].channel: channel 1 of board b1 is the lock of A01; one "
            "compartment for each channel is allowed"
        ),
    ),
    (
        "layout",
        'contact = "none"',
        'contact = "board input"\ncontact_channel = 8',
        "compartment[A03].contact_channel: this is the contact of A02; one compartment for each contact is allowed",
    ),
    (
        "layout",
        "row = 3",
        "row = 2",
        "compartment[A03].row: column 1, row 2 is the place of A02; one compartment for each place is allowed",
    ),
    ("layout", 'size = "L"', 'size = "XL"', "compartment[A02].size: one of L, S is allowed, not 'XL'"),
    (
        "layout",
        "height_mm = 400",
        "height_mm = 100",
        "size[L]: is not larger than 'S' before it; sizes stand from small to large",
    ),
    (
        "layout",
        "[[compartment]]",
        '[[size]]\nname = "S"\nheight_mm = 900\nwidth_mm = 420\ndepth_mm = 500\n[[compartment]]',
        "size[S].name: 'S' is there already; each size is allowed once",
    ),
    (
        "layout",
        "bottom_mm = 580",
        "bottom_mm = 1100",
        "compartment[A02].accessible: true is allowed for handles at 380 to 1220 mm, not at 1310",
    ),
    (
        "layout",
        'contact = "none"',
        'contact = "none"\nitem_sensor = true',
        "compartment[A03].item_sensor: true is allowed where contact is 'board feedback'",
    ),
    # layout against boards
    (
        "layout",
        'contact = "board feedback"',
        'contact = "board feedback"\nitem_sensor = true',
        "compartment[A01].item_sensor: board b1 of family shuoming has none; a board of family kerong can be named",
    ),
    (
        "layout",
        'board = "w1"\nchannel',
        'board = "b9"\nchannel',
        "compartment[A03].board: 'b9' is no board of the settings; b1, w1, w2 can be named",
    ),
    ("layout", "channel = 32", "channel = 33", "compartment[A02].channel: 1 to 32 is allowed for board w2, not 33"),
    (
        "layout",
        'contact_board = "w1"',
        'contact_board = "b9"',
        "compartment[A02].contact_board: 'b9' is no board of the settings; b1, w1, w2 can be named",
    ),
    (
        "layout",
        'contact_board = "w1"',
        'contact_board = "w2"',
        "compartment[A02].contact: board w2 of family waveshare has no inputs; another source is allowed",
    ),
    (
        "layout",
        'contact_board = "w1"',
        'contact_board = "b1"',
        "compartment[A02].contact: 'board feedback' is allowed on board b1 of family shuoming, not 'board input'",
    ),
    (
        "layout",
        "contact_channel = 8",
        "contact_channel = 9",
        "compartment[A02].contact_channel: 1 to 8 is allowed for board w1, not 9",
    ),
    (
        "layout",
        '"board feedback"',
        '"board feedback"\ncontact_channel = 25',
        "compartment[A01].contact_channel: 1 to 24 is allowed for board b1, not 25",
    ),
    # policy
    ("policy", "pulse_ms = 400", "pulse_ms = 1001", "pulse_ms: a whole number from 100 to 1000 is allowed, not 1001"),
    ("policy", "pulse_ms", "puls_ms", "puls_ms: is no key here; did you mean pulse_ms?"),
    ("policy", "true", '"yes"', "anonymous_drop: true or false is allowed, not 'yes'"),
    ("policy", "pulse_ms = 400", "idle_warn_s = 60", "idle_warn_s: less than idle_end_s (40) is allowed, not 60"),
    # directory
    (
        "directory",
        "utc_offset_minutes = -300",
        "",
        "utc_offset_minutes: is missing; a whole number from -720 to 840 is allowed",
    ),
    (
        "directory",
        "[[resident]]",
        '[[unit]]\nunit = "12 b"\n[[resident]]',
        "unit[12 b].unit: reads the same as '12B' when typed, and each unit is allowed once",
    ),
    (
        "directory",
        "[[resident]]",
        '[[unit]]\nunit = "Büro"\n[[resident]]',
        "unit[Büro].unit: 1 to 12 letters, digits, blanks, '.', '/' or '-', a letter or digit first, is allowed",
    ),
    (
        "directory",
        'unit = "12B"\nname',
        'unit = "13"\nname',
        "resident[R-1].unit: one of the units of this directory is allowed, not '13'",
    ),
    ("directory", '"R-2"', '"R-1"', "resident[R-1].resident: is there already; each resident is allowed once"),
    (
        "directory",
        '"moved_out"',
        '"away"',
        "resident[R-2].welcome: one of accepts, on_hold, refuses, moved_out is allowed, not 'away'",
    ),
    ("directory", '"C-2"', '"C-1"', "courier[C-1].courier: is there already; each courier is allowed once"),
    (
        "directory",
        OTHER_VERIFIER,
        VERIFIER,
        "courier[C-2].verifier: is also that of C-1; an access code of one's own is allowed",
    ),
    (
        "directory",
        VERIFIER,
        "123455",
        "courier[C-1].verifier: 64 hexadecimal digits in small letters is allowed, not this text",
    ),
    ("directory", "personal = true", 'access_code = "123455"', "courier[C-2].access_code: no secret is allowed here"),
    (
        "directory",
        "18:30",
        "07:30",
        "courier[C-1].windows: only from earlier to later is allowed, not 'mon-tue 08:00-07:30'",
    ),
    (
        "directory",
        "mon-tue",
        "tue-mon",
        "courier[C-1].windows: only from earlier to later is allowed, not 'tue-mon 08:00-18:30'",
    ),
    (
        "directory",
        "18:30",
        "25:00",
        "courier[C-1].windows: a list, each such as 'mon-fri 08:00-18:00' or 'sat 09:00-24:00' is allowed",
    ),
)


@pytest.mark.parametrize(("file", "old", "new", "fault"), ONE_FAULT)
def test_each_fault_is_named_alone_with_file_key_and_what_is_allowed(
    tmp_path: Path, file: str, old: str, new: str, fault: str
) -> None:
    faults = faults_of(tmp_path, **edited(file, old, new))

    assert len(faults) == 1, faults
    assert faults[0].startswith(f"{file}.toml: {fault}")


# --- all faults ---


def test_all_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    faults = faults_of(
        tmp_path,
        kiosk=MACHINE.replace("baud = 9600", "baud = 1", 1).replace("address = 1\n", "address = 99\n"),
        layout=LAYOUT.replace("row = 3", "row = 0").replace('size = "L"', 'size = "XL"'),
        policy="pulse_ms = 1\nundo = 3\n",
        directory=DIRECTORY.replace('"dhl"', '"DHL"'),
    )

    assert [fault.split(": ")[:2] for fault in faults] == [
        ["kiosk.toml", "line[l1].baud"],
        ["kiosk.toml", "board[b1].address"],
        ["layout.toml", "compartment[A02].size"],
        ["layout.toml", "compartment[A03].row"],
        ["policy.toml", "pulse_ms"],
        ["policy.toml", "undo"],
        ["directory.toml", "courier[C-2].carrier"],
    ]


def test_an_empty_settings_file_says_everything_that_is_missing(tmp_path: Path) -> None:
    faults = faults_of(tmp_path, kiosk="")

    assert [fault.split(": ")[1] for fault in faults] == [
        "kiosk.id",
        "kiosk.name",
        "kiosk.data_directory",
        "line",
        "board",
        "files.layout",
        "files.policy",
        "files.directory",
    ]


def test_tables_of_the_wrong_kind_are_refused(tmp_path: Path) -> None:
    text = MACHINE.replace("[clock]\n", "").replace('trust = "always"', "")

    assert faults_of(tmp_path, kiosk="clock = 1\n" + text) == [
        "kiosk.toml: clock: a table [clock] is allowed, not 1",
    ]
    assert faults_of(tmp_path, layout='size = "S"\ncompartment = []\n') == [
        "layout.toml: size: tables [[size]] are allowed, at least one",
        "layout.toml: compartment: tables [[compartment]] are allowed, at least one",
    ]


def test_a_table_without_a_name_is_told_by_its_number(tmp_path: Path) -> None:
    assert faults_of(tmp_path, **edited("layout", 'label = "A02"\n', "")) == [
        (
            "layout.toml: compartment[#2].label: is missing; the label on the door, 1 to 6 "
            "letters, digits or '-', is allowed"
        )
    ]


# --- files that are none ---


def test_a_settings_file_that_is_not_there_is_unreadable(tmp_path: Path) -> None:
    refusal = read_site(tmp_path / "kiosk.toml")

    assert isinstance(refusal, Refusal)
    assert refusal.unreadable
    assert [str(fault) for fault in refusal.faults] == [
        f"{tmp_path}/kiosk.toml: the file: cannot be read: No such file or directory"
    ]


@pytest.mark.parametrize("content", [b"\xff\xfe", b"\x00", b"a = " + b"[" * 20_000, b"[kiosk]\nid = 'a'\nid = 'b'"])
def test_what_is_not_toml_is_one_fault(tmp_path: Path, content: bytes) -> None:
    written(tmp_path)
    (tmp_path / "kiosk.toml").write_bytes(content)
    refusal = read_site(tmp_path / "kiosk.toml")

    assert isinstance(refusal, Refusal)
    assert [fault.key for fault in refusal.faults] == ["the file"]


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    written(tmp_path)
    (tmp_path / "layout.toml").write_bytes(b"#" * 4_000_001)
    refusal = read_site(tmp_path / "kiosk.toml")

    assert isinstance(refusal, Refusal)
    assert [str(fault) for fault in refusal.faults] == [
        f"{tmp_path}/layout.toml: the file: at most 4000000 bytes are allowed"
    ]


# --- no secret and no name in a fault ---


def test_no_fault_repeats_a_key_a_verifier_or_a_name(tmp_path: Path) -> None:
    secrets = ("0a" * 32, "AB" * 32, "Third\tExample")
    faults = faults_of(
        tmp_path,
        kiosk=MACHINE.replace('"code.key"', f'"{secrets[0]}"'),
        directory=DIRECTORY.replace(VERIFIER, secrets[1]).replace("First Example", "Third\\tExample"),
    )

    assert len(faults) == 3
    assert not any(secret in fault for secret in secrets for fault in faults)


def test_a_fault_is_one_line_whatever_was_written(tmp_path: Path) -> None:
    faults = faults_of(tmp_path, **edited("layout", '"A02"', '"A\\n\\u001b[2J' + "x" * 500 + '"'))

    assert len(faults) == 1
    assert "\n" not in faults[0]
    assert "\x1b" not in faults[0]
    assert len(faults[0]) < 300
