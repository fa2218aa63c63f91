"""`kiosk board list`, `encode`, `decode`: the frames of lock boards, without a board; the others are registered here.

Holds the commands only: what they were given, and how the answer is told. It must not know a family's bytes.
"""

import argparse
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from drivers.boards import BOARDS
from drivers.boards.base import (
    Abilities,
    Acknowledged,
    BoardSettings,
    Codec,
    Contacts,
    Forbidden,
    Found,
    LocalProtocolError,
    NotYet,
    ReadAll,
    ReadOne,
    Refused,
    Request,
    Search,
    Unlock,
)
from drivers.exchange import MOST_BYTES
from kiosk.cli import board_learn, board_open_all, board_probe, board_repaired, board_test
from kiosk.cli.common import ANSWER_IS_NO, DONE, FROM_STDIN, BadInput, answer_lines, complain, print_json
from kiosk.cli.given import Given, shown
from kiosk.config.families import why_refused
from kiosk.core.events import Reading
from kiosk.core.policy import PULSE_MS_RANGE, PulseMs

if TYPE_CHECKING:
    from kiosk.cli.common import Commands

USUAL_PULSE_MS = 300
UNLOCK, READ_ONE, READ_ALL = "unlock", "read-one", "read-all"
OPERATIONS = (UNLOCK, READ_ONE, READ_ALL)
ENCODE_OPTIONS = {
    "family": "a lock board family, see kiosk board list",
    "address": "the board's address",
    "channel": "the channel, counted from 1; for unlock and read-one",
    "operation": "unlock, read-one or read-all; of family waveshare read-all reads its 8 inputs, of winnsen 16 locks",
    "pulse_ms": "100 to 1000, rounded up to the board's step; for unlock where it can be set, 300 if not given",
}
DECODE_OPTIONS = {
    "family": "a lock board family, see kiosk board list",
    "request": "the frame that was sent, as hexadecimal digits of either case, blanks allowed",
    "reply": "what came back, with whatever garbage was around it",
    "channels": "how many channels the board has; as many as the reply speaks of if not given",
}
LIST_EXAMPLE = """example:
  kiosk board list --json"""
ENCODE_EXAMPLE = """examples:
  kiosk board encode --family shuoming --address 1 --channel 4 --operation unlock
  kiosk board encode --family waveshare --address 1 --channel 12 --operation unlock --pulse-ms 500 --json
  kiosk board encode --json - < requests.jsonl

With --json - each line of standard input is one JSON object with the names of the options, such as
{"family": "waveshare", "address": 1, "channel": 12, "operation": "unlock", "pulse_ms": 500}, and is answered with one
line. Sends nothing. Exit code 0, or 2 for a wrong call."""
DECODE_EXAMPLE = """examples:
  kiosk board decode --family shuoming --request "80 01 00 33 B2" --reply "80 01 00 00 02 33 B0" --channels 18
  kiosk board decode --family waveshare --request 01020000000879CC --reply 01020104A04B --json
  kiosk board decode --json - < exchanges.jsonl

Contacts are told with their family's usual sense: level 1 is a closed door, of winnsen 0. A board of family kerong
need not answer an unlock. With --json - each line of standard input is one
JSON object with the names of the options, and is answered with one line.
Exit code 0, 1 if the reply is no usable answer or a refusal, 2 for a wrong call."""


def register(commands: "Commands") -> None:
    """Add the commands to the parser."""
    board = commands.add_parser("board", help="frames of lock boards", description="Frames of lock boards.")
    actions = board.add_subparsers(metavar="ACTION", required=True)
    _add(actions, "list", "say which board families are supported", LIST_EXAMPLE, {}, list_families)
    _add(actions, "encode", "build the frame that asks a board", ENCODE_EXAMPLE, ENCODE_OPTIONS, encode)
    _add(actions, "decode", "say what a captured exchange means", DECODE_EXAMPLE, DECODE_OPTIONS, decode)
    for each in (board_probe, board_learn, board_test, board_repaired, board_open_all):
        each.register(actions)


def _add(  # noqa: PLR0913, PLR0917 - one row for each command
    actions: "Commands",
    name: str,
    summary: str,
    example: str,
    options: Mapping[str, str],
    run: Callable[[argparse.Namespace], int],
) -> None:
    parser = actions.add_parser(
        name,
        help=summary,
        description=f"{summary.capitalize()}.",
        epilog=example,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    for option, text in options.items():
        metavar = "HEX" if option in {"request", "reply"} else None
        parser.add_argument(f"--{option.replace('_', '-')}", metavar=metavar, help=text)
    if options:
        parser.add_argument("operand", metavar=FROM_STDIN, nargs="?", help="with --json: read standard input")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.set_defaults(run=run)


# --- list ---


def list_families(arguments: argparse.Namespace) -> int:
    """Run the command; the exit code."""
    families = [codec.abilities for codec in BOARDS.values()]
    if arguments.json:
        print_json({"families": [_abilities(each) for each in families]})
    else:
        print("\n".join(_told(each) for each in families))
    return DONE


def _abilities(abilities: Abilities) -> Mapping[str, object]:
    return {
        "family": abilities.family,
        "check": abilities.check,
        "baud": abilities.baud,
        "addresses": [abilities.addresses[0], abilities.addresses[-1]],
        "channels": [1, abilities.max_channel],
        "operations": _operations(abilities),
        "settable_pulse": abilities.settable_pulse,
        "all_off": abilities.all_off,
        "reads_contacts": abilities.reads_contacts,
    }


def _operations(abilities: Abilities) -> list[str]:
    return [operation for operation in OPERATIONS if abilities.reads_one or operation != READ_ONE]


def _told(abilities: Abilities) -> str:
    pulse = "pulse can be set" if abilities.settable_pulse else "pulse is the board's own"
    addresses = f"{abilities.addresses[0]} to {abilities.addresses[-1]}"
    return (
        f"{abilities.family}: addresses {addresses}, channels 1 to {abilities.max_channel}, "
        f"{abilities.baud} baud 8N1, {abilities.check}, {pulse}"
    )


# --- encode ---


def encode(arguments: argparse.Namespace) -> int:
    """Run the command; the exit code."""
    return _run(arguments, "kiosk board encode", ENCODE_OPTIONS, _encoded, _tell_frame)


def _encoded(given: Given) -> Mapping[str, object]:
    codec = _codec(given)
    address = given.number("address", codec.abilities.addresses[0], codec.abilities.addresses[-1])
    request = _request(given, codec.abilities)
    frame = codec.encode(BoardSettings(address, codec.abilities.max_channel), request)
    return {"hex": frame.hex(" ").upper()}


def _codec(given: Given) -> Codec:
    family = given.values.get("family")
    if isinstance(family, str) and (why := why_refused(family)):
        given.refuse("family", f"{why}; one of {', '.join(BOARDS)} is allowed")
    return BOARDS[given.one_of("family", BOARDS)]


def _request(given: Given, abilities: Abilities) -> Request:
    operation = given.one_of("operation", OPERATIONS)
    if operation not in _operations(abilities):
        given.refuse(
            "operation", f"a board of family {abilities.family} tells all channels at once; read-all is allowed"
        )
    if operation != UNLOCK:
        given.refuse("pulse_ms", f"{operation} has no pulse; leave it out")
    if operation == READ_ALL:
        given.refuse("channel", f"{operation} is about all channels; leave it out")
        return ReadAll()
    channel = given.number("channel", 1, abilities.max_channel)
    return Unlock(channel, _pulse(given, abilities)) if operation == UNLOCK else ReadOne(channel)


def _pulse(given: Given, abilities: Abilities) -> PulseMs:
    if not abilities.settable_pulse:
        given.refuse("pulse_ms", f"a board of family {abilities.family} keeps its own pulse; leave it out")
    return PulseMs(given.number("pulse_ms", *PULSE_MS_RANGE, otherwise=USUAL_PULSE_MS))


def _tell_frame(answer: Mapping[str, object]) -> int:
    print(answer["hex"])
    return DONE


# --- decode ---


def decode(arguments: argparse.Namespace) -> int:
    """Run the command; the exit code."""
    return _run(arguments, "kiosk board decode", DECODE_OPTIONS, _decoded, _tell_answer)


def _decoded(given: Given) -> Mapping[str, object]:
    codec = _codec(given)
    sent, received = given.data("request", MOST_BYTES), given.data("reply", MOST_BYTES)
    address, request = _asked(given, codec, sent)
    channels = given.number("channels", 1, codec.abilities.max_channel, otherwise=0)
    try:
        search = _search(codec, address, channels, request, received)
    except LocalProtocolError as error:  # the request is about a channel that the board is said not to have
        raise BadInput(str(error)) from error
    silence_is_fine = isinstance(request, Unlock) and codec.abilities.unlock_wait_us is not None
    unanswered = received in (b"", sent)
    fault = None if unanswered and silence_is_fine else _fault(sent, received, search)
    return {"ok": fault is None, "address": address, "contacts": _contacts(request, search), "error": fault}


def _asked(given: Given, codec: Codec, sent: bytes) -> tuple[int, Request]:
    """The board's address and what it was asked; BadInput if that is nothing the kiosk sends."""
    decoded = codec.decode_request(sent)
    if decoded is None:
        message = (
            f"{given.name('request')}: a whole frame that a board of family {codec.abilities.family} obeys is allowed"
        )
        raise BadInput(message)
    address, request = decoded
    if isinstance(request, Forbidden):
        message = f"{given.name('request')}: {request.name} is never sent by the kiosk, so no answer to it is known"
        raise BadInput(message)
    return address, request


def _search(codec: Codec, address: int, channels: int, request: Request, received: bytes) -> Search:
    """The answer, with the family's usual sense; if the number of channels is 0, for as many as it speaks of."""
    most, unit = codec.abilities.max_channel, codec.abilities.status_unit
    widths = (most, *range(most // unit * unit, 0, -unit)) if isinstance(request, ReadAll) else (most,)
    closed_level = codec.abilities.closed_level
    searches = [
        codec.search(BoardSettings(address, width, closed_level), request, received, quiet=True)
        for width in ((channels,) if channels else widths)
    ]
    certain = searches[
        -1
    ]  # the fewer channels are asked for, the more replies are thought of, and the more is in doubt
    return next((each for each in searches if _same_bytes(each, certain)), certain)


def _same_bytes(one: Search, other: Search) -> bool:
    return isinstance(one, Found) and isinstance(other, Found) and (one.skip, one.length) == (other.skip, other.length)


def _fault(sent: bytes, received: bytes, search: Search) -> str | None:
    match search:
        case Found(reply=Refused(code)):
            return f"the board refused, code {code}"
        case Found():
            return None
        case NotYet() if not received:
            return "nobody answered"
        case NotYet() if received == sent:
            return "the request came back and nobody answered"
        case NotYet(reason):
            return reason or "no usable answer"


def _contacts(request: Request, search: Search) -> Mapping[str, Reading]:
    match request, search:
        case _, Found(reply=Contacts(readings)):
            return {str(channel): reading for channel, reading in readings.items()}
        case Unlock(channel=channel), Found(reply=Acknowledged(contact=Reading() as contact)):
            return {str(channel): contact}
        case _:
            return {}


def _tell_answer(answer: Mapping[str, object]) -> int:
    if not answer["ok"]:
        complain(f"kiosk board decode: board {answer['address']}: {answer['error']}")
        return ANSWER_IS_NO
    contacts = answer["contacts"]
    assert isinstance(contacts, Mapping)  # noqa: S101 - tells the type checker what was put in above
    lines = [f"channel {channel}: {reading}" for channel, reading in contacts.items()]
    print("\n".join((f"board {answer['address']}: a sound exchange", *lines)))
    return DONE


# --- one call, or a stream of them ---


def _run(
    arguments: argparse.Namespace,
    command: str,
    options: Mapping[str, str],
    answer: Callable[[Given], Mapping[str, object]],
    tell: Callable[[Mapping[str, object]], int],
) -> int:
    given = Given.from_options({option: getattr(arguments, option) for option in options})
    try:
        if arguments.operand is not None:
            _check_stream(arguments, given)
            return answer_lines(lambda value: answer(Given.from_json(value, options)))
        answered = answer(given)
    except BadInput as error:
        return complain(f"{command}: {error}; see {command} --help")
    if not arguments.json:
        return tell(answered)
    print_json(answered)
    return DONE if answered.get("ok", True) else ANSWER_IS_NO


def _check_stream(arguments: argparse.Namespace, given: Given) -> None:
    if arguments.operand != FROM_STDIN:
        message = f"{shown(arguments.operand)} is one word too many; only - may stand alone"
        raise BadInput(message)
    if not arguments.json:
        message = "standard input (-) is read with --json only, one JSON object per line"
        raise BadInput(message)
    for key in given.values:
        given.refuse(key, "with - it stands in the lines of standard input; leave it out")
