"""Somebody before the bench page in a real browser: finds everything by role and name. Holds no test."""

import re
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

PATIENCE_MS = 20_000
PUT_IT_IN, TAKE_IT_OUT = "Put it in, then close the door.", "Take it out, then close the door."


@dataclass(frozen=True, slots=True)
class Person:
    """One page, and what a person does with it."""

    page: Page

    # The kiosk's screen

    @property
    def screen(self) -> Locator:
        return self.page.get_by_role("group", name="screen shows")

    def touch(self, name: str) -> None:
        """Touch a button whose name begins so."""
        self.screen.get_by_role("button", name=re.compile(f"^{re.escape(name)}")).first.click()

    def type(self, text: str) -> None:
        for letter in text:
            self.screen.get_by_role("button", name=letter, exact=True).click()

    def sees(self, words: str) -> None:
        """Wait until the screen shows something that contains these words."""
        expect(self.words(words).first).to_be_attached(timeout=PATIENCE_MS)

    def words(self, words: str) -> Locator:
        return self.screen.locator("> *").filter(has_text=words).or_(self.screen.get_by_label(words))

    # The courier, the phone

    def courier_code(self, carrier: str) -> str:
        return self.page.locator(".card").filter(has_text=f"{carrier} courier").locator("strong").inner_text()

    def scan(self, service: str) -> None:
        self.page.get_by_role("button", name=f"Scan label: {service}").first.click()

    def code(self) -> str:
        """Wait for the newest notice; the code in it."""
        newest = self.page.get_by_role("list", name="Notices, the newest first").locator(".notice:not(.spent)").first
        return newest.locator("strong").inner_text(timeout=PATIENCE_MS).replace(" ", "")

    def hold_phone_before_scanner(self) -> None:
        self.page.get_by_role("button", name="Hold before the scanner").first.click()

    # The bank

    @property
    def bank(self) -> Locator:
        return self.page.get_by_role("group", name="Doors of the bank")

    def open_door(self, screen_says: str) -> str:
        """Wait for a door to be open and for the screen to say what to do with it; its name."""
        self.sees(screen_says)
        leaf = self.bank.get_by_role("button", name="open: push it shut").first
        name = leaf.get_attribute("aria-label", timeout=PATIENCE_MS)
        assert name is not None
        return name.split(",")[0]

    def put_in(self, door: str) -> None:
        self.bank.get_by_role("button", name=f"Put a parcel into {door}").click()
        expect(self.bank.get_by_role("button", name=f"Take the parcel out of {door}")).to_be_visible()

    def take_out(self, door: str) -> None:
        self.bank.get_by_role("button", name=f"Take the parcel out of {door}").click()
        expect(self.bank.get_by_role("button", name=f"Put a parcel into {door}")).to_be_visible()

    def shut(self, door: str) -> None:
        self.bank.get_by_role("button", name=f"{door}, open: push it shut").click()
        expect(self.leaf(door, "shut")).to_be_visible()

    def confirms_if_asked(self, then: str) -> None:
        """See these words; a door that was open for a moment only is asked about before."""
        yes = self.screen.get_by_role("button", name="Yes, done")
        expect(self.words(then).or_(yes).first).to_be_attached(timeout=PATIENCE_MS)
        if yes.count():
            yes.click()
        self.sees(then)

    def leaf(self, door: str, state: str) -> Locator:
        return self.bank.get_by_role("button", name=f"{door}, {state}")

    def breaks(self, door: str, fault: str) -> None:
        """Choose a fault of a door's and bring it about."""
        self.leaf(door, "shut").click()
        self.page.get_by_role("combobox", name=f"What can go wrong with {door}").select_option(label=fault)
        self.page.get_by_role("button", name="Break it").click()
        expect(self.page.get_by_text(f"Broken at {door}: {fault}")).to_be_visible()

    def mends(self) -> None:
        self.page.get_by_role("button", name="Mend all").click()
        expect(self.page.get_by_text("Nothing is broken here.")).to_be_visible()

    # What happens

    def done(self, step: str) -> None:
        """Wait until a step of the guide is ticked off."""
        expect(self.page.get_by_role("listitem", name="Done").filter(has_text=step)).to_be_visible(timeout=PATIENCE_MS)

    def entries(self, kind: str) -> Locator:
        return self.page.locator(f'#entries [data-kind="{kind}"]')

    # Whole visits

    def delivers(self, service: str, unit: str) -> str:
        """Bring one parcel; the door it went into. Ends at the screen that offers Undo."""
        self.touch("Deliver")
        self.type(self.courier_code("UPS"))
        self.sees("Scan the labels")
        self.scan(service)
        self.touch("Go on")
        self.type(unit)
        self.touch("Small")
        door = self.open_door(PUT_IT_IN)
        self.put_in(door)
        self.shut(door)
        self.confirms_if_asked("Delivered")
        return door
