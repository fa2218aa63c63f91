"""What every command shares: exit codes, the end of the process, JSON on standard output, one clear sentence on
standard error.

Holds nothing of any one command. It must not know what a command does.
"""

import argparse
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - argparse has no public name for it

LOW_PRIORITY = 10
"""Niceness of a command that works for long."""
DONE, ANSWER_IS_NO, WRONG_INPUT = 0, 1, 2
INTERRUPTED = 130
FROM_STDIN = "-"
"""The operand that stands for standard input, one JSON value per line."""


class BadInput(ValueError):  # noqa: N818 - it names what the person gave, not what broke
    """What was given cannot be used; the text says what is wrong and what is allowed."""


class Parser(argparse.ArgumentParser):
    """Tells a wrong call in one sentence; argparse would print the usage before it."""

    def error(self, message: str) -> NoReturn:
        sys.exit(complain(f"{self.prog}: {message}; see {self.prog} --help"))


def add_command(
    commands: "Commands", name: str, summary: str, example: str, run: Callable[[argparse.Namespace], int]
) -> argparse.ArgumentParser:
    """A command with --json, whose wrong input is told in one sentence."""
    parser = commands.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=example,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")

    def told(arguments: argparse.Namespace) -> int:
        try:
            return run(arguments)
        except BadInput as error:
            return complain(f"{parser.prog}: {error}")

    parser.set_defaults(run=told)
    return parser


def run_command(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> int:
    """Run the command that ``arguments`` name, each of which set ``run``; the exit code."""
    parsed = parser.parse_args(arguments)
    try:
        code: int = parsed.run(parsed)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read our output has enough; do not complain at exit either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return WRONG_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED
    return code


@contextmanager
def interrupted_once() -> Iterator[Callable[[], bool]]:
    """Meanwhile the first Ctrl-C only makes the answer True, for what is under way to be brought to its end; the second
    one is as ever.
    """
    heard: list[int] = []

    def first(number: int, _frame: object) -> None:
        heard.append(number)
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, first)
    try:
        yield lambda: bool(heard)
    finally:
        signal.signal(signal.SIGINT, before)


def give_way() -> None:
    """From here on this process comes after others: whoever waits at the kiosk on the same machine does not wait for
    it.
    """
    with suppress(OSError):
        os.nice(max(0, LOW_PRIORITY - os.nice(0)))


def print_json(value: Mapping[str, object]) -> None:
    """One JSON object and nothing else on standard output, whatever its encoding."""
    sys.stdout.write(json.dumps(value) + "\n")


def complain(sentence: str) -> int:
    """Say what is wrong on standard error; the exit code of wrong usage or input."""
    sys.stderr.write(f"{sentence}\n")
    return WRONG_INPUT


def say(text: str) -> None:
    """To the person who waits; standard output is for the answer."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def answer_no(arguments: argparse.Namespace, sentence: str, said_by: str = "") -> int:
    """Say why the answer is no, in the text after the name of who says it; the exit code."""
    if arguments.json:
        print_json({"ok": False, "error": sentence})
    else:
        complain(f"{said_by}{said_by and ': '}{sentence}")
    return ANSWER_IS_NO


def answer_lines(answer: Callable[[object], Mapping[str, object]]) -> int:
    """Answer each JSON value on standard input with one JSON object. A bad line is answered too; the stream goes on."""
    for line in sys.stdin.buffer:
        if line.strip():
            print_json(_answered(answer, line))
            sys.stdout.flush()
    return DONE


def _answered(answer: Callable[[object], Mapping[str, object]], line: bytes) -> Mapping[str, object]:
    try:
        value = json.loads(line.decode())
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        return {"ok": False, "error": f"a line must be one JSON value in UTF-8: {error}"}
    except ValueError:  # an integer of more digits than Python converts
        return {"ok": False, "error": "a line must be one JSON value, its numbers of at most 4,300 digits"}
    try:
        return answer(value)
    except BadInput as error:
        return {"ok": False, "error": str(error)}
