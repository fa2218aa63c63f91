"""Pictures of labels beside the record: named by what they are, private, and gone in time. Real files."""

import os
import stat
from hashlib import sha256
from pathlib import Path

import pytest

from storage.photos import HOUR_MS, MOST, discard_photos, expire_photos, keep_photo, photo_at, photos_beside

NOW_MS = 1_790_000_000_000


def kept(directory: Path, content: bytes, made_ms: int) -> Path:
    path = photo_at(directory, keep_photo(directory, content))
    os.utime(path, ns=(made_ms * 1_000_000, made_ms * 1_000_000))
    return path


def test_a_picture_is_found_by_its_hash_and_nobody_else_may_read_it(tmp_path: Path) -> None:
    directory = photos_beside(tmp_path / "kiosk.db")
    photo = keep_photo(directory, b"jpeg")

    assert photo == sha256(b"jpeg").hexdigest()
    assert photo_at(directory, photo).read_bytes() == b"jpeg"
    assert stat.S_IMODE(photo_at(directory, photo).stat().st_mode) == 0o600
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert keep_photo(directory, b"jpeg") == photo
    assert len(list(directory.iterdir())) == 1


def test_what_is_too_old_or_from_the_future_goes_and_so_does_what_was_never_finished(tmp_path: Path) -> None:
    old = kept(tmp_path, b"old", NOW_MS - 72 * HOUR_MS)
    fresh = kept(tmp_path, b"fresh", NOW_MS - 72 * HOUR_MS + 1)
    future = kept(tmp_path, b"future", NOW_MS + 60_000)
    torn = tmp_path / "torn.new"
    torn.write_bytes(b"half")
    os.utime(torn, ns=(0, 0))
    other = tmp_path / "other.txt"
    other.write_text("nobody's")

    assert expire_photos(tmp_path, NOW_MS, 72) == 3
    assert [path.exists() for path in (old, fresh, future, torn, other)] == [False, True, False, False, True]
    assert expire_photos(tmp_path, NOW_MS, 72) == 0
    assert expire_photos(tmp_path / "nowhere", NOW_MS, 72) == 0


def test_of_too_many_the_oldest_go(tmp_path: Path) -> None:
    paths = [kept(tmp_path, b"%d" % number, NOW_MS - 1_000 + number) for number in range(MOST + 2)]
    assert expire_photos(tmp_path, NOW_MS + 1_000, 72) == 2
    assert [path.exists() for path in (*paths[:3], paths[-1])] == [False, False, True, True]


def test_all_of_them_can_be_taken_away(tmp_path: Path) -> None:
    kept(tmp_path, b"one", NOW_MS)
    kept(tmp_path, b"other", NOW_MS)
    assert discard_photos(tmp_path) == 2
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    blocked = tmp_path / "photos"
    blocked.write_text("a file stands there")
    with pytest.raises(OSError, match="photos"):
        keep_photo(blocked, b"jpeg")
