"""Entries, frames and screens in plain words, for somebody who sees them for the first time.

Holds tables and the looking up in them. It must not know when anything is told, nor where it is written.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import assert_never

from drivers.boards.base import (
    Acknowledged,
    AllOff,
    Contacts,
    Modes,
    Outputs,
    PulseTime,
    ReadAll,
    ReadModes,
    ReadOne,
    ReadOutputs,
    ReadPulseTime,
    ReadSome,
    ReadVersion,
    Refused,
    Reply,
    Request,
    Unlock,
    Version,
)
from kiosk.core import entries as e
from kiosk.core import view as v
from kiosk.core.entries import Body
from kiosk.core.events import Reading
from kiosk.core.ids import CompartmentId
from kiosk.core.state import Stage

ENTRY_WORDS: Mapping[type[Body], str] = {
    e.EpochStarted: "a {reason} record for kiosk {kiosk}",
    e.LayoutApplied: "version {version} of the bank, hash {digest:.12}...",
    e.PolicyApplied: "version {version} of the rules, hash {digest:.12}...",
    e.DirectoryApplied: "version {version} of the people, hash {digest:.12}...",
    e.KioskStarted: "boot {boot} of software {software}",
    e.KioskStopped: "because it was {reason}",
    e.AttemptDebited: "a try is taken before the code is read; {level} left",
    e.AttemptRefunded: "a right code: the try is given back; {level} left",
    e.CourierIdentified: "{courier}",
    e.ResidentIdentified: "{resident}",
    e.ResidentRefused: "{resident}: {reason}",
    e.RecipientLookedUp: "{courier} asked who lives in unit {unit}",
    e.ParcelReserved: "{compartment} for unit {unit}, chosen by: {reason}\n{carrier} {tracking_number}",
    e.ReservationDropped: "{compartment} is not needed: {reason}",
    e.ParcelMoved: "into {compartment}, because the other {reason}",
    e.UnlockRequested: "open {compartment} for a {purpose}: pulse {pulse_number}, {pulse_ms} ms\nfor {by}",
    e.MaintenanceRequested: "{person} has {compartment} opened, which is {custody}: {reason}",
    e.MaintenanceRefused: "{person} may not have {compartment} opened: {why}",
    e.PulseFailed: "{compartment} {reason} after intent #{intent_seq}",
    e.OpeningFailed: "{compartment} is given up: {reason}",
    e.CompartmentOutOfOrder: "{compartment} gets no more parcels: {reason}",
    e.WorkOrderOpened: "somebody has to see to {compartment}: {reason}",
    e.CompartmentRepaired: "{person} put {compartment} in order: {reason}",
    e.DoorOpened: "{compartment}, {after_ms} ms after the pulse",
    e.DoorClosed: "{compartment}, after {open_s} s",
    e.ParcelStored: "in custody in {compartment}",
    e.LabelPhotographed: "its label was photographed",
    e.DropConfirmed: "the courier said so at the screen",
    e.CodeIssued: "a code exists; its notice is sealed and held",
    e.NoticeReleased: "the notice sealed in #{notice_seq} may go out",
    e.CodeMoved: "the code's life: {life}{until}",
    e.ParcelCollected: "taken out of {compartment}",
    e.CompartmentFreed: "nothing is in {compartment}: {reason}",
    e.CourierRefused: "{courier}: {reason}",
    e.AttemptDenied: "a wrong code: the try is used up",
    e.AttemptRefused: "too many wrong codes lately: it was not even looked at",
    e.NoticeWithdrawn: "the notice sealed in #{notice_seq} never goes out: {reason}",
    e.ParcelWithdrawn: "the courier has it back from {compartment}: {reason}",
    e.ParcelKept: "it stays in {compartment}, and so does its code: {reason}",
    e.OverflowRecorded: "not in the bank but with {place}: {reason}\n{carrier} {tracking_number}",
    e.DisputeOpened: "the resident says that it is not in {compartment}",
    e.UnlockAbandoned: "nobody saw whether {compartment} opened before the kiosk went off; it is not pulsed again",
    e.DoorRelocked: "{compartment}, after {open_s} s: so short that the door may never have moved",
    e.DoorUnseen: "{compartment}: no contact tells of it",
    e.DoorLeftOpen: "{compartment}, for {open_s} s",
    e.DoorForced: "{compartment} opened, and nothing had asked it to",
    e.DoorShut: "{compartment} is shut again",
    e.WiringSuspected: "{pulsed} was pulsed and {opened} opened: the bank is stopped",
    e.CompartmentChecked: "nobody knows what is in {compartment}: {reason}",
    e.ContactSuspected: "the contact of {compartment} may lie: {reason}",
    e.BrownOut: "{compartment} pulled the supply down: {boards} were silent for {silent_ms} ms",
    e.BoardLost: "{board} does not answer: {reason}",
    e.BoardReturned: "{board} answers again",
    e.AlarmRaised: "{alarm}: {detail}",
    e.VisitEnded: "the {kind}, after {lasted_s} s: {reason}",
}
"""What an entry's fields say, in the words of `str.format`; ``x_s`` is the field ``x_ms`` in seconds, and ``until`` the
end of what has one."""

PLAIN_REQUESTS: Mapping[type[Request], str] = {
    AllOff: "switch every lock off",
    ReadAll: "how do all door contacts stand?",
    ReadOutputs: "which locks are energised?",
    ReadModes: "does any input act on a lock by itself?",
    ReadPulseTime: "how long does it energise a lock?",
    ReadVersion: "which version is it?",
}
"""Requests that say all by what they are."""

SCREEN_WORDS: Mapping[tuple[type[v.Page], Stage | None], str] = {
    (v.Welcome, None): "Pick up, or deliver?",
    (v.EnterCode, None): "Type your code, {length} digits",
    (v.ScanLabels, None): "Scan the label of each parcel",
    (v.AskUnit, None): "Which unit is it for?",
    (v.ChooseSize, None): "Which size?",
    (
        v.DropDoor,
        Stage.PULSING,
    ): "{door.compartment} opens: column {door.column} from the left, at {door.height} height",
    (v.DropDoor, Stage.OPEN): "{door.compartment} is open: put the parcel in and shut the door",
    (v.DropDoorDidNotOpen, None): "{door.compartment} did not open. Use another compartment?",
    (v.DropDone, None): "Delivered in {door.compartment}. Undo?",
    (
        v.PickupDoor,
        Stage.PULSING,
    ): "{door.compartment} opens: column {door.column} from the left, at {door.height} height",
    (v.PickupDoor, Stage.OPEN): "{door.compartment} is open: take your parcel and shut the door",
    (v.PickupDone, None): "Thank you. Open again?",
}
"""What a screen asks or says, by its page and the stage of the opening; pages not listed are not told."""


def entry_words(body: Body) -> str:
    """The main fields of an entry; all of them if nobody chose."""
    values = {field.name: getattr(body, field.name) for field in fields(body)}
    seconds = {f"{name[:-3]}_s": f"{value / 1000:.1f}" for name, value in values.items() if name.endswith("_ms")}
    until = {"until": f", until {values['until_ms'] / 1000:.3f}" if values.get("until_ms") else ""}
    usual = ", ".join(f"{name} {value}" for name, value in values.items())
    return ENTRY_WORDS.get(type(body), usual).format_map(values | seconds | until)


def screen_words(page: v.Page) -> str:
    """What the screen says; "" for a page that is not told."""
    shown = SCREEN_WORDS.get((type(page), getattr(page, "stage", None)), "")
    return shown.format_map({field.name: getattr(page, field.name) for field in fields(page)})


@dataclass(frozen=True, slots=True)
class BoardWords:
    """One board as a reader knows it: whose contacts hang on its channels, and whether it is told a pulse's length."""

    contacts: Mapping[int, CompartmentId]
    locks: Mapping[int, CompartmentId]
    settable_pulse: bool

    def request(self, request: Request) -> str:
        match request:
            case Unlock(channel, pulse):
                time = f"{pulse.value} ms" if self.settable_pulse else f"its own {pulse.value} ms"
                return f"energise lock {channel} ({self.locks[channel]}) for {time}"
            case ReadOne(channel):
                return f"how does contact {channel} stand?"
            case ReadSome(channels):
                return f"how do contacts {', '.join(map(str, channels))} stand?"
            case AllOff() | ReadAll() | ReadOutputs() | ReadModes() | ReadPulseTime() | ReadVersion():
                return PLAIN_REQUESTS[type(request)]
            case _:
                assert_never(request)

    def reply(self, request: Request, reply: Reply) -> str:
        match reply:
            case Acknowledged(None):
                return "done" if isinstance(request, AllOff) else "done; that says nothing of the door"
            case Acknowledged(contact):
                return f"done; its contact is {contact} at this moment"
            case Contacts(readings):
                return self._contacts(readings)
            case Outputs() | Modes() | PulseTime() | Version() | Refused():
                return _of_the_board(reply)
            case _:
                assert_never(reply)

    def _contacts(self, readings: Mapping[int, Reading]) -> str:
        """Only channels that a door hangs on are told."""
        doors = {name: readings[channel] for channel, name in self.contacts.items() if channel in readings}
        loose = [f"{name} {reading}" for name, reading in doors.items() if reading is not Reading.CLOSED]
        shut = len(doors) - len(loose)
        if not loose:
            return "its door is closed" if shut == 1 else f"all {shut} doors are closed"
        return f"{', '.join(loose)}; the other {shut} closed"


def _of_the_board(reply: Outputs | Modes | PulseTime | Version | Refused) -> str:
    match reply:
        case Outputs(on):
            return f"energised: {', '.join(map(str, sorted(on)))}" if on else "none is energised"
        case Modes(values):
            return "some do, and may open a lock" if any(values) else "none does"
        case PulseTime(pulse_ms):
            return f"{pulse_ms} ms"
        case Version(version):
            return f"version {version}"
        case Refused(code):
            return f"no: code {code}"
        case _:
            assert_never(reply)
