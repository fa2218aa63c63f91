"""The configuration: a sound site is read as it is written, and its documents survive being stored."""

import json
import re
import tomllib
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.boards import BOARDS
from drivers.boards.base import Unlock
from kiosk.config import (
    FAMILIES,
    ClockTrust,
    DisplayKind,
    DocumentError,
    ScannerKind,
    directory_from_json,
    directory_to_json,
    layout_from_json,
    layout_to_json,
    policy_from_json,
    policy_to_json,
    warnings_of,
)
from kiosk.core.directory import UNIT_LENGTH, Welcome, Window
from kiosk.core.ids import BoardId
from kiosk.core.layout import Contact, ContactSource
from kiosk.core.policy import Policy, PulseMs, policy_ranges
from kiosk.wiring.lines import line_setups
from tests.kiosk.site_files import EXAMPLE_SITE, LAYOUT, MACHINE, VERIFIER, faults_of, read, written

NAMES = st.sampled_from(["size", "compartment", "unit", "resident", "courier", "pulse_ms", "name", "label", "contact"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(NAMES | st.text(), inner),
)


# --- sound ---


def test_the_example_site_of_the_documentation_is_sound_and_has_24_compartments() -> None:
    site = read(EXAMPLE_SITE)

    assert len(site.layout.places) == 24
    assert {place.contact.source for place in site.layout.places} == {ContactSource.BOARD_FEEDBACK}
    assert any(place.accessible for place in site.layout.places)
    assert site.policy == Policy(version=0)


def test_every_setting_that_the_example_shows_as_a_comment_is_a_sound_one(tmp_path: Path) -> None:
    for file in EXAMPLE_SITE.iterdir():
        text = re.sub(r"^# (\[+\w+\]+|\w+ = )", r"\1", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
        (tmp_path / file.name).write_text(text, encoding="utf-8")

    machine = read(tmp_path).machine

    assert (machine.lines[0].reply_timeout_ms, machine.lines[0].quiet_ms, machine.lines[0].pause_ms) == (1000, 20, 5)
    assert machine.boards[0].byte_order == "last"
    assert machine.boards[0].inverted_channels == {7}
    assert [(chip.chip, chip.pull, chip.inverted_pins) for chip in machine.chips] == [("header", "up", {6})]
    assert machine.secrets.code_key == tmp_path / "code.key"
    assert machine.display.shared is not None
    assert (machine.display.kind, machine.display.shared.elements) == (DisplayKind.WINDOW, tmp_path / "screen.json")


def test_the_settings_of_the_machine_are_read_as_they_are_written(tmp_path: Path) -> None:
    written(tmp_path)
    machine = read(tmp_path).machine
    feedback, inputs, relays = machine.boards

    assert (machine.identity.kiosk, machine.identity.house_number) == ("k1", "")
    assert machine.identity.data_directory == tmp_path / "data"
    assert [(line.line, line.port, line.baud) for line in machine.lines] == [
        ("l1", "/dev/serial/by-path/one", 9600),
        ("l2", "/dev/serial/by-path/two", 9600),
    ]
    assert (feedback.contacts, feedback.closed_level, feedback.inverted_channels) == (
        ContactSource.BOARD_FEEDBACK,
        1,
        {7},
    )
    assert (inputs.contacts, inputs.closed_level, inputs.inputs) == (ContactSource.BOARD_INPUT, 0, 8)
    assert (relays.contacts, relays.channels) == (ContactSource.NONE, 32)
    assert (machine.scanners[0].kind, machine.scanners[0].baud) == (ScannerKind.SERIAL, 115200)
    assert machine.secrets.code_key == tmp_path / "code.key"
    assert machine.secrets.notice_key == Path("/etc/keys/notice.key")
    assert machine.clock_trust is ClockTrust.ALWAYS


def test_the_version_of_a_board_is_nobodys_business_until_it_is_named(tmp_path: Path) -> None:
    written(tmp_path)
    assert {board.version for board in read(tmp_path).machine.boards} == {None}
    file = tmp_path / "kiosk.toml"
    file.write_text(
        file.read_text(encoding="utf-8").replace("inputs = 8", "inputs = 8\nversion = 200"), encoding="utf-8"
    )

    assert [board.version for board in read(tmp_path).machine.boards] == [None, 200, None]


def test_a_feedback_is_that_of_the_locks_own_channel_and_an_input_may_be_on_another_board(tmp_path: Path) -> None:
    written(tmp_path)
    first, second, third = read(tmp_path).layout.places

    assert first.contact == Contact(ContactSource.BOARD_FEEDBACK, first.output.board, 1)
    assert (second.output.board, second.contact.board, second.contact.channel) == ("w2", "w1", 8)
    assert third.contact == Contact(ContactSource.NONE)


def test_policy_and_directory_are_read_as_they_are_written(tmp_path: Path) -> None:
    written(tmp_path)
    site = read(tmp_path)

    assert site.policy == Policy(version=0, pulse_ms=400, anonymous_drop=True)
    assert site.directory.utc_offset_minutes == -300
    assert [resident.welcome for resident in site.directory.residents] == [Welcome.ACCEPTS, Welcome.MOVED_OUT]
    assert site.directory.couriers[0].windows == (Window(0, 480, 1110), Window(1, 480, 1110), Window(6, 1200, 1440))
    assert site.directory.couriers[1].personal


def test_a_keyboard_scanner_has_no_baud_and_a_site_may_have_no_scanner_and_no_key_files(tmp_path: Path) -> None:
    begin, end = MACHINE.index("[[scanner]]"), MACHINE.index("[files]")
    keyboard = '[[scanner]]\nid = "hand"\nkind = "keyboard"\nport = "/dev/input/by-id/hand-event-kbd"\n'

    written(tmp_path, kiosk=MACHINE[:begin] + keyboard + MACHINE[end:])
    assert read(tmp_path).machine.scanners[0].kind is ScannerKind.KEYBOARD

    written(tmp_path, kiosk=MACHINE[:begin] + MACHINE[end:])
    assert read(tmp_path).machine.scanners == ()
    assert read(tmp_path).machine.secrets.code_key is None


def test_the_record_is_named_by_the_kiosk_and_its_keeper_and_signed_by_a_key_of_its_own(tmp_path: Path) -> None:
    written(tmp_path)
    assert (read(tmp_path).machine.identity.log, read(tmp_path).machine.secrets.signing_key) == ("k1", None)

    named = MACHINE.replace("[kiosk]", '[kiosk]\norigin = "lockers.example"')
    written(tmp_path, kiosk=named.replace("[secrets]", '[secrets]\nsigning_key = "signing.key"'))
    machine = read(tmp_path).machine
    assert (machine.identity.log, machine.secrets.signing_key) == ("lockers.example/k1", tmp_path / "signing.key")


def test_a_second_place_for_snapshots_may_be_named_and_none_is_usual(tmp_path: Path) -> None:
    written(tmp_path)
    assert read(tmp_path).machine.identity.snapshot_copy is None
    for named, meant in (("/media/kiosk", Path("/media/kiosk")), ("copies", tmp_path / "copies")):
        written(tmp_path, kiosk=MACHINE.replace("[kiosk]", f'[kiosk]\nsnapshot_copy = "{named}"'))
        assert read(tmp_path).machine.identity.snapshot_copy == meant


@pytest.mark.parametrize(
    ("family", "address", "channels", "more", "byte_order"),
    [
        ("wkly", 0, 24, "closed_level = 1", None),
        ("wkly", 31, 4, "closed_level = 0\ninverted_channels = [4]", None),
        ("kerong", 0, 16, 'closed_level = 1\nbyte_order = "first"', "first"),
        ("kerong", 9, 12, "closed_level = 1", None),
        ("winnsen", 255, 16, 'closed_level = 0\nbyte_order = "last"', "last"),
    ],
)
def test_a_board_of_each_family_is_read_as_it_is_written(  # noqa: PLR0913, PLR0917 - one column of a table each
    family: str, address: int, channels: int, more: str, byte_order: str | None, tmp_path: Path
) -> None:
    board = (
        f'[[board]]\nid = "n1"\nline = "l2"\nfamily = "{family}"\naddress = {address}\nchannels = {channels}\n{more}\n'
    )
    written(tmp_path, kiosk=MACHINE + board)
    found = next(each for each in read(tmp_path).machine.boards if each.board == "n1")

    assert (found.family, found.address, found.channels) == (family, address, channels)
    assert (found.contacts, found.byte_order) == (ContactSource.BOARD_FEEDBACK, byte_order)
    setup = next(each for each in line_setups(read(tmp_path).machine)["l2"].boards if each.board == "n1")
    assert setup.codec.encode(setup.settings, Unlock(channels, PulseMs(300)))


def test_an_item_sensor_is_read_where_the_board_has_one_and_stays_in_the_stored_form(tmp_path: Path) -> None:
    kerong = MACHINE.replace('family = "shuoming"', 'family = "kerong"').replace("channels = 24", "channels = 16")
    written(tmp_path, kiosk=kerong, layout=LAYOUT.replace('"board feedback"', '"board feedback"\nitem_sensor = true'))
    layout = read(tmp_path).layout

    assert [place.item_sensor for place in layout.places] == [True, False, False]
    assert layout_from_json(layout_to_json(layout), layout.version) == layout


@pytest.mark.parametrize("family", ["wkly", "kerong", "winnsen"])
def test_the_sense_of_a_lock_boards_contacts_has_no_default(family: str, tmp_path: Path) -> None:
    board = f'[[board]]\nid = "n1"\nline = "l2"\nfamily = "{family}"\naddress = 3\nchannels = 4\n'

    assert faults_of(tmp_path, kiosk=MACHINE + board) == [
        "kiosk.toml: board[n1].closed_level: is missing; a whole number from 0 to 1 is allowed"
    ]


def test_the_limits_of_each_family_are_those_of_its_codec() -> None:
    limits = {name: (range(*each.addresses), each.most_channels) for name, each in FAMILIES.items()}

    assert limits == {
        name: (codec.abilities.addresses[:-1], codec.abilities.max_channel) for name, codec in BOARDS.items()
    }


def test_a_unit_of_the_most_letters_that_can_be_typed_is_sound(tmp_path: Path) -> None:
    longest = "A" * UNIT_LENGTH

    written(tmp_path, directory=f'utc_offset_minutes = 0\n[[unit]]\nunit = "{longest}"\n')
    assert read(tmp_path).directory.find_unit(longest.lower())

    faults = faults_of(tmp_path, directory=f'utc_offset_minutes = 0\n[[unit]]\nunit = "{longest}B"\n')
    assert faults == [
        f"directory.toml: unit[{longest}B].unit: at most 8 letters and digits are allowed, as many as can be typed"
    ]


# --- stored form ---


def test_the_stored_form_gives_back_the_same_documents(tmp_path: Path) -> None:
    written(tmp_path)
    for directory in (tmp_path, EXAMPLE_SITE):
        site = read(directory)

        assert layout_from_json(layout_to_json(site.layout), 7) == replace(site.layout, version=7)
        assert policy_from_json(policy_to_json(site.policy), 8) == replace(site.policy, version=8)
        assert directory_from_json(directory_to_json(site.directory), 9) == replace(site.directory, version=9)


def test_a_contact_on_a_pin_survives_storage(tmp_path: Path) -> None:
    written(tmp_path)
    layout = read(tmp_path).layout
    on_pin = replace(layout.places[2], contact=Contact(ContactSource.GPIO, BoardId("header"), 17))
    layout = replace(layout, places=(*layout.places[:2], on_pin))

    assert layout_from_json(layout_to_json(layout), 1).places == layout.places


def test_the_stored_form_does_not_depend_on_how_the_file_is_written(tmp_path: Path) -> None:
    written(tmp_path)
    before = read(tmp_path)
    reordered = LAYOUT.replace("column = 1\nrow = 1\n", "row = 1\n# a comment\ncolumn = 1\n")
    written(tmp_path, layout=reordered, policy="anonymous_drop = true\ngrace_s = 300\npulse_ms = 400\n")
    after = read(tmp_path)

    assert layout_to_json(after.layout) == layout_to_json(before.layout)
    assert policy_to_json(after.policy) == policy_to_json(before.policy)


def test_the_stored_form_never_changes(tmp_path: Path) -> None:
    """Every kiosk holds such bytes, and an entry holds their digest."""
    written(tmp_path)
    site = read(tmp_path)

    assert json.loads(layout_to_json(site.layout))["compartment"][1] == {
        "accessible": True,
        "board": "w2",
        "bottom_mm": 580,
        "channel": 32,
        "column": 1,
        "contact": "board input",
        "contact_board": "w1",
        "contact_channel": 8,
        "height_mm": 420,
        "label": "A02",
        "left_mm": 0,
        "row": 2,
        "size": "L",
        "width_mm": 450,
    }
    assert directory_to_json(replace(site.directory, residents=(), couriers=site.directory.couriers[:1])) == (
        b'{"courier":[{"carrier":"ups","courier":"C-1","personal":false,"verifier":"' + VERIFIER.encode() + b'",'
        b'"windows":["mon 08:00-18:30","tue 08:00-18:30","sun 20:00-24:00"]}],"resident":[],'
        b'"unit":[{"unit":"12B"},{"unit":"3-4"}],"utc_offset_minutes":-300}'
    )


def test_every_setting_of_the_policy_is_stored_and_a_younger_one_keeps_its_default() -> None:
    body = json.loads(policy_to_json(Policy(pulse_ms=500)))
    assert set(body) == {field.name for field in fields(Policy)} - {"version"}

    del body["undo_s"]

    assert policy_from_json(json.dumps(body).encode(), 2) == Policy(version=2, pulse_ms=500)


@given(st.data())
def test_every_policy_within_the_ranges_survives_storage_or_names_the_pair_out_of_order(data: st.DataObject) -> None:
    values: dict[str, Any] = {name: data.draw(st.integers(*allowed)) for name, allowed in policy_ranges().items()}
    policy = Policy(**values)
    try:
        assert policy_from_json(policy_to_json(policy), 1) == policy
    except DocumentError as error:
        assert all(fault.allowed.startswith("less than ") for fault in error.faults)  # noqa: PT017 - either is right


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"\xff", b"[" * 100_000])
def test_stored_bytes_that_are_no_document_are_refused(body: bytes) -> None:
    for reader in (layout_from_json, policy_from_json, directory_from_json):
        with pytest.raises(DocumentError, match="the document: one JSON object is allowed"):
            reader(body, 1)


def test_a_file_and_the_stored_form_are_read_by_the_same_rules() -> None:
    data = tomllib.loads(LAYOUT)
    data["compartment"][0]["channel"] = 0

    with pytest.raises(DocumentError, match=r"compartment\[A01\].channel: a whole number from 1 to 255"):
        layout_from_json(json.dumps(data).encode(), 1)


# --- what is no fault ---


def test_a_port_that_is_not_there_or_may_move_is_a_warning_only(tmp_path: Path) -> None:
    there = tmp_path / "port"
    there.touch()
    machine = MACHINE.replace("/dev/serial/by-path/one", str(there)).replace("/dev/serial/by-path/two", "/dev/ttyUSB99")
    path = written(tmp_path, kiosk=machine)

    warnings = [str(warning).replace(f"{tmp_path}/", "") for warning in warnings_of(path, read(tmp_path).machine)]

    assert warnings == [
        "kiosk.toml: line[l2].port: /dev/ttyUSB99 may move to another device; /dev/serial/by-path/… stays",
        "kiosk.toml: line[l2].port: /dev/ttyUSB99 is not there now",
        "kiosk.toml: scanner[front].port: /dev/serial/by-id/scanner is not there now",
    ]


@given(JSON)
def test_any_json_at_all_is_either_a_document_or_refused(value: object) -> None:
    body = json.dumps(value).encode()

    for reader in (layout_from_json, policy_from_json, directory_from_json):
        try:
            reader(body, 1)
        except DocumentError as error:
            assert error.faults  # noqa: PT017 - most values are refused, some are a sound policy
