"""The count of ends soon after a start. Real files."""

from pathlib import Path

from kiosk.restarts import Restarts


def restarts(directory: Path, boot: str = "one") -> Restarts:
    boot_id = directory / "boot_id"
    boot_id.write_text(f"{boot}\n")
    return Restarts(directory / "restarts", boot_id)


def test_each_start_without_an_end_in_order_counts(tmp_path: Path) -> None:
    counted = restarts(tmp_path)

    assert [counted.begin() for _ in range(4)] == [0, 1, 2, 3]


def test_a_start_that_lived_long_enough_begins_anew(tmp_path: Path) -> None:
    counted = restarts(tmp_path)
    counted.begin()
    counted.survived()

    assert counted.begin() == 0


def test_a_power_cut_is_no_crash(tmp_path: Path) -> None:
    restarts(tmp_path).begin()

    assert restarts(tmp_path, "two").begin() == 0


def test_a_file_that_cannot_be_used_counts_nothing_and_stops_nobody(tmp_path: Path) -> None:
    counted = Restarts(tmp_path / "missing" / "restarts", tmp_path / "none")
    assert [counted.begin(), counted.begin()] == [0, 0]

    (tmp_path / "restarts").write_text("nonsense")
    assert restarts(tmp_path).begin() == 0
