"""The bench page in a real browser, as a newcomer uses it: one drop and pickup, a jammed lock, a power cut."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from hardware_sim.bench.bench import Bench
from hardware_sim.bench.server import serving
from tests.bench.person import PATIENCE_MS, TAKE_IT_OUT, Person
from tests.bench.visitor import Visitor

pytestmark = [pytest.mark.slow, pytest.mark.needs_chromium]
BELIEVED_MS = 2_500
LAPTOP, TABLET = (1440, 900), (1024, 768)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's chromium, without its own sandbox: containers refuse it, and it sees nothing foreign here."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    with Bench(tmp_path) as bench, serving(bench) as server, Visitor(server.address).looking() as visitor:
        visitor.until(_knows_its_doors, "the kiosk to know its doors")
        yield server.address


def _knows_its_doors(values: dict[str, Any]) -> bool:
    """A door counts as shut once it was read so for a second, and nobody delivers sooner after a start."""
    frames = values["frames"]
    return bool(frames) and frames[-1]["wall_ms"] - frames[0]["wall_ms"] > BELIEVED_MS


def opened(browser: Browser, address: str, size: tuple[int, int] = LAPTOP, *, touch: bool = False) -> Person:
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, has_touch=touch)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    complaints = collected_complaints(page)
    page.goto(address)
    person = Person(page)
    person.sees("Deliver")
    assert complaints == []
    return person


def collected_complaints(page: Page) -> list[str]:
    """What the page's scripts and the browser complain of from now on."""
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda said: complaints.append(f"{said.text} {said.location['url']}") if said.type == "error" else None,
    )
    return complaints


def test_a_newcomer_delivers_a_parcel_and_picks_it_up(browser: Browser, address: str) -> None:
    person = opened(browser, address)
    complaints = collected_complaints(person.page)

    door = person.delivers("UPS Ground", "2A")
    person.done("Deliver a parcel")
    person.touch("Finish")

    code = person.code()
    person.touch("Pick up")
    person.type(code)
    assert person.open_door(TAKE_IT_OUT) == door
    person.take_out(door)
    person.shut(door)
    person.confirms_if_asked("Collected")
    person.done("Pick it up")

    expect(person.entries("parcel_collected")).to_have_count(1)
    assert complaints == []


def test_the_phone_before_the_scanner_opens_the_door_on_a_tablet(browser: Browser, address: str) -> None:
    person = opened(browser, address, TABLET, touch=True)
    door = person.delivers("USPS", "2B")
    person.touch("Finish")

    person.page.get_by_role("tab", name="Phone").click()
    person.code()
    person.hold_phone_before_scanner()
    assert person.open_door(TAKE_IT_OUT) == door
    person.take_out(door)
    person.shut(door)
    person.confirms_if_asked("Collected")


def test_a_jammed_lock_keeps_the_parcel_and_its_code(browser: Browser, address: str) -> None:
    person = opened(browser, address)
    door = person.delivers("UPS Ground", "2A")
    person.touch("Finish")
    person.breaks(door, "stuck latch")

    code = person.code()
    person.touch("Pick up")
    person.type(code)
    person.sees(f"{door} did not open")
    person.done("Jam a lock")
    expect(person.entries("pulse_failed")).to_have_count(3)
    expect(person.leaf(door, "shut")).to_be_visible()

    person.mends()
    person.touch("Try again")
    assert person.open_door(TAKE_IT_OUT) == door
    person.take_out(door)
    person.shut(door)
    person.confirms_if_asked("Collected")


def test_a_power_cut_with_a_door_open_loses_nothing(browser: Browser, address: str) -> None:
    person = opened(browser, address)
    door = person.delivers("UPS Ground", "2A")
    person.touch("Finish")
    code = person.code()
    person.touch("Pick up")
    person.type(code)
    assert person.open_door(TAKE_IT_OUT) == door

    person.page.get_by_role("button", name="Cut the power").click()
    expect(person.page.get_by_role("status").get_by_text("Its power was cut.")).to_be_visible()
    person.sees("Pick up")
    expect(person.entries("kiosk_started")).to_have_count(2)
    expect(person.leaf(door, "open")).to_be_visible()
    person.shut(door)
    expect(person.entries("door_closed").or_(person.entries("door_relocked"))).to_have_count(2)

    person.touch("Pick up")
    person.type(code)
    assert person.open_door(TAKE_IT_OUT) == door
    person.take_out(door)
    person.shut(door)
    person.confirms_if_asked("Collected")
    expect(person.entries("parcel_collected")).to_have_count(1)


def test_a_door_that_is_latched_is_not_moved_by_pulling(browser: Browser, address: str) -> None:
    person = opened(browser, address)
    person.leaf("A05", "shut").click()
    expect(person.page.get_by_role("alert")).to_have_text(
        "A05 does not move: its latch holds it. Only the kiosk can let it go."
    )
    expect(person.leaf("A05", "shut")).to_be_visible()


def test_the_screen_can_be_used_by_keyboard_alone(browser: Browser, address: str) -> None:
    person = opened(browser, address)
    person.screen.get_by_role("button", name="Pick up").press("Enter")
    person.sees("Enter your code")
    person.screen.get_by_role("button", name="Back").press("Space")
    person.sees("Deliver")


def test_two_browsers_see_one_kiosk_and_a_page_that_is_loaded_again_shows_it_whole(
    browser: Browser, address: str
) -> None:
    one, other = opened(browser, address), opened(browser, address, TABLET)
    one.touch("Deliver")
    for each in (one, other):
        each.sees("Your courier code")
    other.page.reload()
    other.sees("Your courier code")
    other.touch("Back")
    one.sees("Pick up")
