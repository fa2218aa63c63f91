"""The bundle of an export: one ZIP file with the chain of custody for people and for programs.

Holds the file and its members. It must not know what is in a chain.
"""

import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

from kiosk.cli.audit.given import LARGEST_FILE
from kiosk.cli.common import BadInput
from kiosk.core.proofs import ProofError

JSON_MEMBER, PAGE_MEMBER, LABEL_MEMBER = "custody.json", "custody.html", "label.jpg"
PRIVATE_MODE = 0o600
"""It holds what is personal of one parcel."""


def write_bundle(path: Path, members: Mapping[str, bytes]) -> None:
    """Write the bundle into a new file. Raises BadInput."""
    try:
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, PRIVATE_MODE), "w+b") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bundle:
                for name, content in members.items():
                    bundle.writestr(zipfile.ZipInfo(name), content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        message = f"{path}: cannot be written: {error.strerror}"
        raise BadInput(message) from error


def custody_in(path: Path) -> str | None:
    """The chain's JSON in a bundle; None if the file is no bundle. Raises ProofError."""
    if not zipfile.is_zipfile(path):
        return None
    try:
        with zipfile.ZipFile(path) as bundle, bundle.open(JSON_MEMBER) as member:
            content = member.read(LARGEST_FILE + 1)
        if len(content) <= LARGEST_FILE:
            return content.decode()
    except (KeyError, OSError, RuntimeError, UnicodeDecodeError, zipfile.BadZipFile) as error:
        message = f"is no bundle with a {JSON_MEMBER} that can be read"
        raise ProofError(message) from error
    message = f"its {JSON_MEMBER} is too large; {LARGEST_FILE} bytes are allowed"
    raise ProofError(message)
