"""What the threads at devices share: waking, and when to try a device again. Holds no device."""

import errno
import logging
import os
import termios

import pytest
import serial

from drivers.edge import REOPEN_FIRST_US, REOPEN_FORBIDDEN_US, REOPEN_LIMIT_US, Reopening, Wakeup

GONE = OSError(errno.ENODEV, "No such device")


def test_the_pause_grows_to_its_limit_and_starts_again_once_the_device_worked() -> None:
    reopening = Reopening("/dev/port")
    pauses = [reopening.failed(GONE) for _ in range(8)]

    assert pauses[:3] == [REOPEN_FIRST_US, 2 * REOPEN_FIRST_US, 4 * REOPEN_FIRST_US]
    assert pauses[-2:] == [REOPEN_LIMIT_US] * 2
    reopening.worked()
    assert reopening.failed(GONE) == REOPEN_FIRST_US


@pytest.mark.parametrize("code", [errno.EACCES, errno.EPERM])
def test_a_device_that_may_not_be_opened_is_left_alone_for_long(code: int) -> None:
    assert Reopening("/dev/port").failed(OSError(code, os.strerror(code))) == REOPEN_FORBIDDEN_US


def test_each_failure_is_written_once_with_the_path(caplog: pytest.LogCaptureFixture) -> None:
    reopening = Reopening("/dev/port")
    with caplog.at_level(logging.WARNING):
        for error in (GONE, GONE, termios.error(errno.EIO, "Input/output error"), termios.error(errno.EIO, "again")):
            reopening.failed(error)
        reopening.failed(serial.SerialException("device disconnected"))
        reopening.failed(serial.SerialException("device disconnected"))

    assert [record.getMessage() for record in caplog.records] == [
        "/dev/port: [Errno 19] No such device",
        "/dev/port: (5, 'Input/output error')",
        "/dev/port: device disconnected",
    ]


def test_a_call_ends_the_waiting_once_and_a_closed_one_is_harmless() -> None:
    wakeup = Wakeup()
    wakeup.wake()
    wakeup.wake()

    assert wakeup.wait([], None) == []
    assert wakeup.wait([], 0) == []
    wakeup.close()
    wakeup.wake()


def test_a_file_that_can_be_read_is_named() -> None:
    wakeup = Wakeup()
    out, into = os.pipe()
    quiet, into_quiet = os.pipe()
    os.write(into, b"!")

    assert wakeup.wait([quiet, out], None) == [out]
    for file in (out, into, quiet, into_quiet):
        os.close(file)
    wakeup.close()
