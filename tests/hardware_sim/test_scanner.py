"""The simulated scanner in memory: pacing, terminators, and the plug."""

from hardware_sim.scanner import SimScanner
from hardware_sim.world import World
from tests.hardware_sim.benches import SECOND_US


class Reader:
    """The kiosk's end: each byte with its time."""

    def __init__(self, scanner: SimScanner) -> None:
        self.world = scanner.world
        self.heard: list[tuple[int, bytes]] = []
        self.told: list[str] = []
        scanner.port = self

    @property
    def text(self) -> bytes:
        return b"".join(data for _, data in self.heard)

    def receive(self, data: bytes) -> None:
        self.heard.append((self.world.now_us, data))

    def unplugged(self) -> None:
        self.told.append("unplugged")

    def plugged_in(self) -> None:
        self.told.append("plugged in")


def test_a_scan_is_paced_at_the_baud_rate_and_ends_with_its_terminator() -> None:
    scanner = SimScanner(World(), terminator=b"\r\n")
    reader = Reader(scanner)
    scanner.scan("A1é")
    scanner.world.run_for(SECOND_US)
    assert reader.text == "A1é\r\n".encode()
    assert [when_us for when_us, _ in reader.heard] == [1041, 2083, 3125, 4166, 5208, 6250]


def test_scans_in_one_moment_follow_each_other_at_line_speed() -> None:
    scanner = SimScanner(World())
    reader = Reader(scanner)
    for _ in range(100):
        scanner.scan(b"0123456789")
    scanner.world.run_for(2 * SECOND_US)
    assert reader.text == b"0123456789\r" * 100
    assert reader.heard[-1][0] in range(1_140_000, 1_150_000)


def test_a_scan_without_terminator_is_just_its_bytes() -> None:
    scanner = SimScanner(World(), terminator=b"")
    reader = Reader(scanner)
    scanner.scan("")
    scanner.scan(b"\x1d\xff")
    scanner.world.run_for(SECOND_US)
    assert reader.text == b"\x1d\xff"


def test_a_scanner_pulled_out_in_the_middle_loses_the_rest_and_works_again_later() -> None:
    scanner = SimScanner(World())
    reader = Reader(scanner)
    scanner.scan("0123456789")
    scanner.world.run_for(3_500)
    scanner.unplug()
    scanner.scan("nobody hears this")
    scanner.world.run_for(SECOND_US)
    scanner.plug_in()
    scanner.scan("back")
    scanner.world.run_for(SECOND_US)
    assert reader.text == b"012back\r"
    assert reader.told == ["unplugged", "plugged in"]
