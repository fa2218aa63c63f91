"""`kiosk board list`, `encode`, `decode`: what they print and how they exit. Runs the command on real frames.

Holds calls and streams. It must not know a family's layout: bytes come from the golden frames.
"""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.boards import BOARDS
from drivers.boards.base import Acknowledged, BoardSettings, Contacts, ReadAll, Refused, Unlock
from kiosk.__main__ import main
from kiosk.cli.board import DECODE_OPTIONS, ENCODE_OPTIONS
from kiosk.core.events import Reading
from tests.drivers.boards.meaning import answer_in, is_answer, settings_of
from tests.golden.frames import Frame, read_frames

PROJECT = Path(__file__).parents[2]
EVERY = [(family, frame) for family in BOARDS for frame in read_frames(family).values() if not frame.malformed]
COMMANDS = {
    "open": "unlock",
    "flash_on": "unlock",
    "read": "read-one",
    "read_all": "read-all",
    "read_inputs": "read-all",
    "poll": "read-all",
}
NOT_OURS = {"read_all_b0_low_nibble_5", "poll_b2_c1_to_c12"}
"""Requests as other programs build them: with a lock in the address, or for the channels of a smaller board."""
REQUESTS = [(f, frame) for f, frame in EVERY if frame.direction == "request" and frame.keys["op"] in COMMANDS]
TO_ENCODE = [(f, frame) for f, frame in REQUESTS if frame.name not in NOT_OURS]
FAMILIES = "shuoming, wkly, kerong, winnsen, waveshare"
TO_DECODE = [(f, frame) for f, frame in EVERY if frame.direction == "reply" and is_answer(frame)]
CHECKED = [(f, frame) for f, frame in TO_DECODE if BOARDS[f].abilities.checked]
READ_ALL = "80 01 00 33 B2"
SECOND_CLOSED = "80 01 00 00 02 33 B0"

Printed = pytest.CaptureFixture[str]


def named(pairs: list[tuple[str, Frame]]) -> pytest.MarkDecorator:
    ids = [f"{family}-{frame.name}" for family, frame in pairs]
    return pytest.mark.parametrize(("family", "frame"), pairs, ids=ids)


def call(capsys: Printed, *arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of one command, whether it returns or leaves."""
    try:
        code = main(["board", *arguments])
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else -1
    out, err = capsys.readouterr()
    return code, out, err


def encode(capsys: Printed, *arguments: str) -> tuple[int, str, str]:
    return call(capsys, "encode", *arguments)


def decode(capsys: Printed, family: str, request: str, reply: str, *more: str) -> tuple[int, str, str]:
    return call(capsys, "decode", "--family", family, "--request", request, "--reply", reply, *more)


def stream(monkeypatch: pytest.MonkeyPatch, capsys: Printed, command: str, *lines: object) -> list[dict[str, object]]:
    """One answer for each line; a line that is no bytes is written as JSON."""
    given_bytes = b"".join((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in lines)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given_bytes)))
    code, out, err = call(capsys, command, "--json", "-")
    assert (code, err) == (0, "")
    return [json.loads(line) for line in out.splitlines()]


def wanted(frame: Frame) -> dict[str, object]:
    """The options that ask for a golden request."""
    options: dict[str, object] = {"address": frame.number("board"), "operation": COMMANDS[frame.keys["op"]]}
    if "channel" in frame.keys:
        options["channel"] = frame.number("channel")
    if "ms" in frame.keys:
        options["pulse_ms"] = frame.number("ms")
    return options


def as_options(values: dict[str, object]) -> list[str]:
    return [word for key, value in values.items() for word in (f"--{key.replace('_', '-')}", str(value))]


# list


def test_every_family_is_listed_with_what_it_can_do(capsys: Printed) -> None:
    code, out, err = call(capsys, "list", "--json")

    assert (code, err, out.count("\n")) == (0, "", 1)
    families = json.loads(out)["families"]
    assert [each["family"] for each in families] == list(BOARDS)
    assert [(each["addresses"], each["channels"], each["settable_pulse"]) for each in families] == [
        ([1, 32], [1, 50], False),
        ([0, 31], [1, 24], False),
        ([0, 9], [1, 16], False),
        ([1, 255], [1, 16], False),
        ([1, 255], [1, 32], True),
    ]
    assert [each["family"] for each in families if "read-one" not in each["operations"]] == ["kerong"]


def test_a_person_reads_one_line_for_each_family(capsys: Printed) -> None:
    code, out, _ = call(capsys, "list")

    assert code == 0
    assert [line.partition(":")[0] for line in out.splitlines()] == list(BOARDS)


# encode


@named(TO_ENCODE)
def test_every_golden_request_is_built_by_options_and_in_a_stream(
    family: str, frame: Frame, capsys: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = {"family": family, **wanted(frame)}
    expected = {"hex": frame.data.hex(" ").upper()}

    assert encode(capsys, *as_options(values)) == (0, f"{expected['hex']}\n", "")
    assert json.loads(encode(capsys, *as_options(values), "--json")[1]) == expected
    assert stream(monkeypatch, capsys, "encode", values) == [expected]


def test_a_pulse_is_300_ms_if_not_given_and_rounded_up_to_the_boards_step(capsys: Printed) -> None:
    asked = ("--family", "waveshare", "--address", "1", "--channel", "1", "--operation", "unlock")

    assert encode(capsys, *asked)[1] == encode(capsys, *asked, "--pulse-ms", "300")[1] == "01 05 02 00 00 03 8C 73\n"
    assert encode(capsys, *asked, "--pulse-ms", "401")[1] == "01 05 02 00 00 05 0C 71\n"


WAVESHARE = {"family": "waveshare", "address": "1", "channel": "1", "operation": "unlock", "pulse-ms": "300"}


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"family": "keron"}, f'--family: one of {FAMILIES} is allowed, not "keron"'),
        ({"family": None}, f"--family is missing; one of {FAMILIES} is allowed"),
        (
            {"family": "lcus"},
            "--family: lcus: nothing on the board ends a pulse, so its lock stays energised when the program or",
        ),
        ({"family": "Numato"}, "--family: numato: nothing on the board ends a pulse"),
        ({"family": "kmtronic"}, "--family: kmtronic: nothing on the board ends a pulse"),
        ({"family": "ICStation"}, "--family: icstation: opening its port energises relays by itself"),
        ({"family": "wkly"}, "--pulse-ms: a board of family wkly keeps its own pulse; leave it out"),
        ({"family": "kerong"}, "--pulse-ms: a board of family kerong keeps its own pulse; leave it out"),
        ({"family": "winnsen"}, "--pulse-ms: a board of family winnsen keeps its own pulse; leave it out"),
        ({"family": "wkly", "address": "32"}, '--address: a whole number from 0 to 31 is allowed, not "32"'),
        ({"family": "kerong", "address": "10"}, '--address: a whole number from 0 to 9 is allowed, not "10"'),
        ({"family": "winnsen", "address": "0"}, '--address: a whole number from 1 to 255 is allowed, not "0"'),
        ({"family": "kerong", "channel": "17"}, '--channel: a whole number from 1 to 16 is allowed, not "17"'),
        (
            {"family": "kerong", "operation": "read-one"},
            "--operation: a board of family kerong tells all channels at once; read-all is allowed",
        ),
        ({"address": None}, "--address is missing; a whole number from 1 to 255 is allowed"),
        ({"address": "0"}, '--address: a whole number from 1 to 255 is allowed, not "0"'),
        ({"address": "-1"}, '--address: a whole number from 1 to 255 is allowed, not "-1"'),
        ({"address": "256"}, '--address: a whole number from 1 to 255 is allowed, not "256"'),
        ({"address": "1.0"}, '--address: a whole number from 1 to 255 is allowed, not "1.0"'),
        ({"address": "1_0"}, '--address: a whole number from 1 to 255 is allowed, not "1_0"'),
        ({"address": "٣"}, '--address: a whole number from 1 to 255 is allowed, not "\\u0663"'),
        ({"address": ""}, '--address: a whole number from 1 to 255 is allowed, not ""'),
        ({"address": "9" * 5000}, f'--address: a whole number from 1 to 255 is allowed, not "{"9" * 39}…'),
        ({"address": "1\x1b[2J\n"}, '--address: a whole number from 1 to 255 is allowed, not "1\\u001b[2J\\n"'),
        ({"channel": None}, "--channel is missing; a whole number from 1 to 32 is allowed"),
        ({"channel": "0"}, '--channel: a whole number from 1 to 32 is allowed, not "0"'),
        ({"channel": "33"}, '--channel: a whole number from 1 to 32 is allowed, not "33"'),
        ({"operation": None}, "--operation is missing; one of unlock, read-one, read-all is allowed"),
        ({"operation": "open"}, '--operation: one of unlock, read-one, read-all is allowed, not "open"'),
        ({"operation": "read-one"}, "--pulse-ms: read-one has no pulse; leave it out"),
        ({"operation": "read-all"}, "--pulse-ms: read-all has no pulse; leave it out"),
        (
            {"operation": "read-all", "pulse-ms": None},
            "--channel: read-all is about all channels; leave it out",
        ),
        ({"pulse-ms": "99"}, '--pulse-ms: a whole number from 100 to 1000 is allowed, not "99"'),
        ({"pulse-ms": "1001"}, '--pulse-ms: a whole number from 100 to 1000 is allowed, not "1001"'),
        ({"family": "shuoming"}, "--pulse-ms: a board of family shuoming keeps its own pulse; leave it out"),
        ({"family": "shuoming", "address": "33"}, '--address: a whole number from 1 to 32 is allowed, not "33"'),
        ({"family": "shuoming", "channel": "51"}, '--channel: a whole number from 1 to 50 is allowed, not "51"'),
    ],
)
def test_a_wrong_call_is_one_sentence_that_names_what_is_allowed(
    changed: dict[str, str | None], sentence: str, capsys: Printed
) -> None:
    options = {key: value for key, value in (WAVESHARE | changed).items() if value is not None}
    words = [word for key, value in options.items() for word in (f"--{key}", value)]

    for json_wanted in ((), ("--json",)):
        code, out, err = encode(capsys, *words, *json_wanted)
        assert (code, out) == (2, "")
        assert err.startswith(f"kiosk board encode: {sentence}")
        assert (err.count("\n"), len(err) < 300) == (1, True)


def test_a_board_whose_address_is_0_can_be_asked_where_the_family_has_one(capsys: Printed) -> None:
    asked = ("--address", "0", "--operation", "read-all")

    assert encode(capsys, "--family", "wkly", *asked)[1] == "57 4B 4C 59 08 00 84 85\n"
    assert encode(capsys, "--family", "kerong", *asked)[1] == "02 00 30 03 35\n"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["encode", "-"], "kiosk board encode: standard input (-) is read with --json only, one JSON object per line"),
        (["encode", "--json", "all"], 'kiosk board encode: "all" is one word too many; only - may stand alone'),
        (
            ["decode", "--json", "-", "--family", "shuoming"],
            "kiosk board decode: --family: with - it stands in the lines",
        ),
        (["encode", "--colour", "red"], "kiosk: unrecognized arguments: --colour"),
        (["encode", "--address"], "kiosk board encode: argument --address: expected one argument"),
        ([], "kiosk board: the following arguments are required: ACTION"),
        (["paint"], "kiosk board: argument ACTION: invalid choice: 'paint'"),
    ],
)
def test_a_call_of_the_wrong_shape_is_one_sentence(words: list[str], sentence: str, capsys: Printed) -> None:
    code, out, err = call(capsys, *words)

    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(sentence)


# decode


@named(TO_DECODE)
def test_every_golden_reply_is_told(family: str, frame: Frame, capsys: Printed) -> None:
    request, reply = answer_in(frame)
    sent = BOARDS[family].encode(settings_of(frame), request).hex()
    readings = reply.readings if isinstance(reply, Contacts) else {}
    if isinstance(reply, Acknowledged) and reply.contact is not None and isinstance(request, Unlock):
        readings = {request.channel: reply.contact}

    for shown in (frame.data.hex(), frame.data.hex(" ").upper(), "ff 00" + frame.data.hex()):
        code, out, err = decode(capsys, family, sent, shown, "--json")
        answer = json.loads(out)
        assert (code, err) == (1 if isinstance(reply, Refused) else 0, "")
        assert list(answer) == ["ok", "address", "contacts", "error"]
        assert (answer["ok"], answer["address"]) == (code == 0, frame.number("board"))
        assert answer["contacts"] == {str(channel): reading.value for channel, reading in readings.items()}
        assert (answer["error"] is None) == (code == 0)


@named(CHECKED)
def test_no_single_corrupted_byte_of_a_golden_reply_is_told_as_an_answer(
    family: str, frame: Frame, capsys: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    request, _ = answer_in(frame)
    sent = BOARDS[family].encode(settings_of(frame), request).hex()
    spoilt = [
        (frame.data[:at] + bytes([byte]) + frame.data[at + 1 :]).hex()
        for at, old in enumerate(frame.data)
        for byte in {old ^ 1 << bit for bit in range(8)} | set(range(0, 256, 5)) - {old}
    ]

    lines = [{"family": family, "request": sent, "reply": reply} for reply in spoilt]
    answers = stream(monkeypatch, capsys, "decode", *lines)
    assert len(answers) == len(spoilt)
    assert not [reply for reply, answer in zip(spoilt, answers, strict=True) if answer["ok"]]


def test_an_answer_is_told_to_a_person(capsys: Printed) -> None:
    told = "board 1: a sound exchange\nchannel 1: open\nchannel 2: closed\nchannel 3: open\n"

    assert decode(capsys, "shuoming", READ_ALL, SECOND_CLOSED, "--channels", "3") == (0, told, "")
    assert decode(capsys, "waveshare", "01 05 02 00 00 05 0C 71", "01 05 02 00 00 05 0C 71") == (
        0,
        "board 1: a sound exchange\n",
        "",
    )


@pytest.mark.parametrize("channels", [8, 9, 16, 17, 24, 32, 50])
def test_without_a_number_of_channels_all_are_told_that_the_reply_speaks_of(channels: int, capsys: Printed) -> None:
    board = BoardSettings(1, channels)
    readings = dict.fromkeys(range(1, channels + 1), Reading.CLOSED)
    reply = BOARDS["shuoming"].encode_reply(board, ReadAll(), Contacts(readings)).hex()
    told = min(50, 8 * max(3, -(-channels // 8)))

    contacts = json.loads(decode(capsys, "shuoming", READ_ALL, reply, "--json")[1])["contacts"]
    assert list(contacts) == [str(channel) for channel in range(1, told + 1)]
    assert [channel for channel, reading in contacts.items() if reading == "closed"] == [str(n) for n in readings]


@pytest.mark.parametrize(
    ("family", "request_", "reply", "error"),
    [
        ("shuoming", READ_ALL, "", "nobody answered"),
        ("shuoming", READ_ALL, READ_ALL, "the request came back and nobody answered"),
        ("shuoming", READ_ALL, "00 00", "no usable answer"),
        ("shuoming", READ_ALL, "80 01 00 00 02 33 B1", "bad check"),
        ("shuoming", READ_ALL, "80 01 01 00 80 33 33 00", "more than one answer fits"),
        ("shuoming", "80 01 01 33 B3", "80 01 02 00 83", "answer of channel 2"),
        ("shuoming", "80 01 01 33 B3", "80 01 01 22 A2", "unknown status 22"),
        ("waveshare", "01 05 02 00 00 05 0C 71", "01 85 03 02 91", "the board refused, code 3"),
        ("waveshare", "01 02 00 00 00 08 79 CC", "02 02 01 04 A0 0F", "answer of board 2"),
        ("wkly", "57 4B 4C 59 09 01 82 01 82", "57 4B 4C 59 0B 01 82 FF 01 01 7E", "the board refused, code 255"),
        ("kerong", "02 10 30 03 45", "", "nobody answered"),
        ("kerong", "02 10 31 03 46", "02 10 35 03", "no usable answer"),
        ("winnsen", "90 06 05 01 03 03", "90 07 85 01 03 00 03", "the board refused, code 0"),
        ("winnsen", "90 06 05 01 04 03", "90 07 85 01 04 02 03", "the board refused, code 2"),
    ],
)
def test_a_bad_reply_is_an_answer_that_says_no(
    family: str, request_: str, reply: str, error: str, capsys: Printed
) -> None:
    code, out, err = decode(capsys, family, request_, reply, "--json")
    assert (code, err) == (1, "")
    assert json.loads(out) == {"ok": False, "address": 1, "contacts": {}, "error": error}

    code, out, err = decode(capsys, family, request_, reply)
    assert (code, out, err) == (1, "", f"kiosk board decode: board 1: {error}\n")


@pytest.mark.parametrize("reply", ["", "02 00 31 03 36"])
def test_an_unlock_that_need_not_be_answered_is_no_failure(reply: str, capsys: Printed) -> None:
    told = {"ok": True, "address": 0, "contacts": {}, "error": None}

    assert json.loads(decode(capsys, "kerong", "02 00 31 03 36", reply, "--json")[1]) == told
    assert decode(capsys, "kerong", "02 00 31 03 36", reply) == (0, "board 0: a sound exchange\n", "")


def test_the_state_of_the_whole_board_may_answer_an_unlock(capsys: Printed) -> None:
    out = decode(capsys, "kerong", "02 00 31 03 36", "02 00 35 FE FF 00 00 03 37", "--json")[1]

    assert json.loads(out)["contacts"] == {str(n): "closed" if n > 1 else "open" for n in range(1, 17)}


def test_a_faulty_contact_is_told_and_the_reply_is_good_all_the_same(capsys: Printed) -> None:
    out = decode(capsys, "wkly", "57 4B 4C 59 09 00 83 04 87", "57 4B 4C 59 0B 00 83 00 04 FF 7A", "--json")[1]

    assert json.loads(out) == {"ok": True, "address": 0, "contacts": {"4": "fault"}, "error": None}


def test_of_a_poll_only_the_channels_are_told_that_were_asked_for(capsys: Printed) -> None:
    out = decode(capsys, "winnsen", "90 07 02 01 01 01 03", "90 07 82 01 FF 00 03", "--json")[1]

    assert json.loads(out)["contacts"] == {"1": "open", "9": "closed"}


@pytest.mark.parametrize("doors", [1, 4, 5, 8, 12, 24])
def test_a_wkly_reply_is_told_for_as_many_doors_as_it_has(doors: int, capsys: Printed) -> None:
    readings = dict.fromkeys(range(1, doors + 1), Reading.CLOSED)
    reply = BOARDS["wkly"].encode_reply(BoardSettings(0, doors), ReadAll(), Contacts(readings)).hex()

    contacts = json.loads(decode(capsys, "wkly", "57 4B 4C 59 08 00 84 85", reply, "--json")[1])["contacts"]
    assert contacts == {str(n): "closed" for n in readings}


HEX_ALLOWED = "text of at most 512 pairs of hexadecimal digits is allowed"


@pytest.mark.parametrize(
    ("request_", "reply", "more", "sentence"),
    [
        ("80 01 00 33 B", "", [], f'--request: {HEX_ALLOWED}, not "80 01 00 33 B"'),
        ("8A 01 0G 11 9A", "", [], f'--request: {HEX_ALLOWED}, not "8A 01 0G 11 9A"'),
        (READ_ALL, "ä", [], f'--reply: {HEX_ALLOWED}, not "\\u00e4"'),
        (READ_ALL, "00" * 513, [], f'--reply: {HEX_ALLOWED}, not "{"0" * 39}…'),
        ("", "", [], "--request: a whole frame that a board of family shuoming obeys is allowed"),
        ("80 01 00 33 B3", "", [], "--request: a whole frame that a board of family shuoming obeys is allowed"),
        ("8A 01 00 11 9A", "", [], "--request: open_all is never sent by the kiosk"),
        (READ_ALL, "", ["--channels", "0"], '--channels: a whole number from 1 to 50 is allowed, not "0"'),
        (READ_ALL, "", ["--channels", "51"], '--channels: a whole number from 1 to 50 is allowed, not "51"'),
        ("8A 01 05 11 9F", "", ["--channels", "4"], "channel 5 is not allowed: 1 to 4"),
    ],
)
def test_what_cannot_be_decoded_is_one_sentence(
    request_: str, reply: str, more: list[str], sentence: str, capsys: Printed
) -> None:
    code, out, err = decode(capsys, "shuoming", request_, reply, "--json", *more)

    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"kiosk board decode: {sentence}")


# streams


def test_a_bad_line_is_answered_and_the_stream_goes_on(monkeypatch: pytest.MonkeyPatch, capsys: Printed) -> None:
    good: dict[str, object] = {"family": "waveshare", "address": 1, "operation": "read-all", "channel": None}
    answers = stream(
        monkeypatch,
        capsys,
        "encode",
        good,
        "read-all",
        good | {"address": True},
        good | {"address": 1.0},
        good | {"address": "1"},
        good | {"address": -1},
        good | {"address": 10**4000},
        good | {"address": {"is": 1}},
        good | {"adress": 1},
        good | {"family": ["waveshare"]},
        b'{"family": "wave',
        b"\xff",
        b"[" * 100_000,
        good,
    )

    assert answers[0] == answers[-1] == {"hex": "01 02 00 00 00 08 79 CC"}
    assert all(answer["ok"] is False and list(answer) == ["ok", "error"] for answer in answers[1:-1])
    assert [answer["error"] for answer in answers[1:10]] == [
        "a line must be a JSON object with family, address, channel, operation, pulse_ms",
        "address: a whole number from 1 to 255 is allowed, not true",
        "address: a whole number from 1 to 255 is allowed, not 1.0",
        'address: a whole number from 1 to 255 is allowed, not "1"',
        "address: a whole number from 1 to 255 is allowed, not -1",
        f"address: a whole number from 1 to 255 is allowed, not 1{'0' * 39}…",
        "address: a whole number from 1 to 255 is allowed, not an object",
        'unknown key "adress"; allowed are family, address, channel, operation, pulse_ms',
        f"family: one of {FAMILIES} is allowed, not a list",
    ]


def test_a_stream_tells_good_and_bad_replies_and_answers_each_line(
    monkeypatch: pytest.MonkeyPatch, capsys: Printed
) -> None:
    exchange = {"family": "shuoming", "request": READ_ALL, "reply": SECOND_CLOSED, "channels": 2}
    good, silent, wrong = stream(
        monkeypatch, capsys, "decode", exchange, exchange | {"reply": ""}, exchange | {"reply": 5}
    )

    assert good == {"ok": True, "address": 1, "contacts": {"1": "open", "2": "closed"}, "error": None}
    assert silent == {"ok": False, "address": 1, "contacts": {}, "error": "nobody answered"}
    assert wrong == {"ok": False, "error": f"reply: {HEX_ALLOWED}, not 5"}


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
LIKELY = st.sampled_from(
    [*BOARDS, "unlock", "read-one", "read-all", 1, 8, 300, READ_ALL, SECOND_CLOSED, "8A0101119B", "01 05 02 00", ""]
)


@pytest.mark.slow
@pytest.mark.parametrize(("command", "keys"), [("encode", ENCODE_OPTIONS), ("decode", DECODE_OPTIONS)])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_whatever_a_line_holds_it_is_answered(
    command: str, keys: dict[str, str], data: st.DataObject, monkeypatch: pytest.MonkeyPatch, capsys: Printed
) -> None:
    objects = st.dictionaries(st.sampled_from([*keys, "else"]), LIKELY | JSON_VALUES)
    lines = data.draw(st.lists(objects | JSON_VALUES, max_size=8))

    answers = stream(monkeypatch, capsys, command, *lines)
    assert len(answers) == len(lines)
    assert all("hex" in answer or answer["ok"] is True or answer["error"] for answer in answers)


def test_a_megabyte_in_one_line_is_answered_by_the_whole_program() -> None:
    lines = [{"family": "shuoming", "request": READ_ALL, "reply": "80" * 500_000}, {"family": "8" * 10**6}]
    ended = subprocess.run(
        [sys.executable, "-m", "kiosk", "board", "decode", "--json", "-"],
        cwd=PROJECT,
        input="\n".join(map(json.dumps, lines)).encode(),
        capture_output=True,
        check=False,
        timeout=60,
    )

    answers = [json.loads(line) for line in ended.stdout.splitlines()]
    assert (ended.returncode, ended.stderr, len(answers)) == (0, b"", 2)
    assert all(answer["ok"] is False and len(answer["error"]) < 200 for answer in answers)


@pytest.mark.parametrize("command", ["list", "encode", "decode"])
def test_the_help_shows_an_example(command: str, capsys: Printed) -> None:
    code, out, _ = call(capsys, command, "--help")

    assert code == 0
    assert f"  kiosk board {command} " in out
