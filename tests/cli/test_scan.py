"""`kiosk scan parse`: what it prints and how it exits. Runs the command, and the whole program for its streams."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.__main__ import main

PROJECT = Path(__file__).parents[2]
KEYS = ["carrier", "candidates", "service", "tracking_number", "check", "symbology", "raw"]
UPS = {
    "carrier": "ups",
    "candidates": ["ups"],
    "service": "UPS",
    "tracking_number": "1Z5R89390357567127",
    "check": "ok",
    "symbology": "Code 128",
    "raw": "]C01Z5R89390357567127",
}


def kiosk(*arguments: str | bytes, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """The whole program, as a person starts it."""
    return subprocess.run(
        [sys.executable, "-m", "kiosk", *arguments],
        cwd=PROJECT,
        input=given,
        capture_output=True,
        check=False,
        timeout=60,
    )


def test_a_label_is_one_json_object_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scan", "parse", "]C01Z5R89390357567127", "--json"]) == 0

    out, err = capsys.readouterr()
    assert json.loads(out) == UPS
    assert list(json.loads(out)) == KEYS
    assert (out.count("\n"), err) == (1, "")


def test_a_label_is_told_to_a_person(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scan", "parse", "000000000000"]) == 0

    assert capsys.readouterr().out.splitlines() == [
        "carrier:         ambiguous",
        "fits:            fedex, purolator",
        "tracking number: 000000000000",
        "check digit:     ok",
        "text:            '000000000000'",
    ]


@pytest.mark.parametrize(
    ("text", "check"),
    [
        ("", "none"),
        ("9" * 5_000, "none"),
        ("1Z5R89390357567128", "failed"),
        ("]C1\x1d\x00\x1b[2J", "none"),
        ("né", "none"),
    ],
)
def test_a_text_that_is_no_label_is_an_answer_too(text: str, check: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scan", "parse", text, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["carrier"], answer["candidates"], answer["check"]) == ("unknown", [], check)
    assert answer["raw"] == text

    assert main(["scan", "parse", text]) == 0
    told = capsys.readouterr().out
    assert told.startswith("carrier:         unknown\n")
    assert told.isascii()
    assert told.replace("\n", "").isprintable()


def test_a_text_that_is_too_long_is_told_by_its_length(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scan", "parse", "9" * 5_000]) == 0

    assert capsys.readouterr().out.splitlines()[-1] == "text:            5000 characters; 512 are allowed"


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        (["scan"], "kiosk scan: the following arguments are required: ACTION"),
        (["scan", "parse"], "kiosk scan parse: the following arguments are required: TEXT"),
        (["scan", "parse", "a", "b"], "kiosk: unrecognized arguments: b"),
        (["scan", "parse", "a", "--xml"], "kiosk: unrecognized arguments: --xml"),
    ],
)
def test_a_wrong_call_is_one_sentence(arguments: list[str], wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)

    out, err = capsys.readouterr()
    assert (end.value.code, out) == (2, "")
    assert err.startswith(wrong)
    assert err.count("\n") == 1


def test_standard_input_is_read_as_json_only(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scan", "parse", "-"]) == 2

    assert capsys.readouterr() == (
        "",
        "kiosk scan parse: standard input (-) is read with --json only, one JSON value per line\n",
    )


def test_a_stream_is_answered_line_by_line_and_goes_on_after_a_bad_one() -> None:
    lines = [
        b'"]C01Z5R89390357567127"',
        b'{"text": "]C01Z5R89390357567127"}',
        b"not json",
        b"17",
        b"{}",
        b'{"text": null}',
        b'{"text": "a", "txt": "b"}',
        b'"\\ud800"',
        b'"' + b"9" * 5_000 + b'"',
        b'"]C01Z5R89390357567127"',
    ]

    done = kiosk("scan", "parse", "--json", "-", given=b"\n".join(lines))

    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, done.stderr, len(answers)) == (0, b"", len(lines))
    assert answers[0] == answers[1] == answers[-1] == UPS
    assert [answer.get("ok") for answer in answers[2:7]] == [False] * 5
    assert {answer["error"] for answer in answers[3:6]} == {
        'a line must be a string, or an object such as {"text": "1Z5R89390357567127"}'
    }
    assert answers[6]["error"] == "unknown key 'txt'; text is allowed"
    assert [answer["raw"] for answer in answers[7:9]] == ["\ud800", "9" * 5_000]


def test_bytes_that_are_no_utf_8_are_answered_without_a_traceback() -> None:
    for options in ([], ["--json"]):
        done = kiosk("scan", "parse", b"\xff\x1b[2J", *options)

        assert (done.returncode, done.stderr) == (0, b"")
        assert b"unknown" in done.stdout


def test_help_has_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["scan", "parse", "--help"])

    assert end.value.code == 0
    assert "kiosk scan parse 1Z5R89390357567127" in capsys.readouterr().out
