"""SQLite's file layer with an ear in it: what SQLite does to files, told call by call, or refused as a bad disk would.

Holds the C structures of SQLite's VFS (sqlite.org/c3ref/vfs.html, io_methods.html) and a copy of the layer in use whose
calls are passed on to it. Locks, shared memory and reads stay in C. It must not know what the calls are for.
"""

import _sqlite3
import ctypes
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Protocol

OK = 0
NAME = b"heard"
CREATE, READ_WRITE, READ_ONLY = 0x4, 0x2, 0x1
"""Flags of SQLITE_OPEN_*."""
LOADED = Path("/proc/self/maps")
"""Linux tells here which libraries are loaded."""


class Call(StrEnum):
    """What can be refused."""

    OPEN = "open"
    WRITE = "write"
    SYNC = "sync"
    TRUNCATE = "truncate"
    DELETE = "delete"


class Listener(Protocol):
    """Hears what SQLite does, in its order. ``file`` is the same number from a file's opening to its end."""

    def refusal(self, call: Call, path: Path) -> int:
        """SQLite's code of the error to answer instead of doing it; `OK` to have it done."""

    def opened(self, file: int, path: Path, *, new: bool) -> None: ...

    def wrote(self, file: int, offset: int, data: bytes) -> None: ...

    def truncated(self, file: int, size: int) -> None: ...

    def synced(self, file: int) -> None: ...

    def deleted(self, path: Path) -> None: ...

    def names_synced(self, directory: Path) -> None: ...


class _Methods(ctypes.Structure):
    _fields_ = (
        ("iVersion", ctypes.c_int),
        *(
            (name, ctypes.c_void_p)
            for name in (
                *("xClose", "xRead", "xWrite", "xTruncate", "xSync", "xFileSize", "xLock", "xUnlock"),
                *("xCheckReservedLock", "xFileControl", "xSectorSize", "xDeviceCharacteristics"),
                *("xShmMap", "xShmLock", "xShmBarrier", "xShmUnmap", "xFetch", "xUnfetch"),
            )
        ),
    )


class _File(ctypes.Structure):
    _fields_ = (("pMethods", ctypes.POINTER(_Methods)),)


class _Vfs(ctypes.Structure):
    _fields_ = (
        ("iVersion", ctypes.c_int),
        ("szOsFile", ctypes.c_int),
        ("mxPathname", ctypes.c_int),
        ("pNext", ctypes.c_void_p),
        ("zName", ctypes.c_char_p),
        ("pAppData", ctypes.c_void_p),
        *(
            (name, ctypes.c_void_p)
            for name in (
                *("xOpen", "xDelete", "xAccess", "xFullPathname", "xDlOpen", "xDlError", "xDlSym", "xDlClose"),
                *("xRandomness", "xSleep", "xCurrentTime", "xGetLastError", "xCurrentTimeInt64"),
                *("xSetSystemCall", "xGetSystemCall", "xNextSystemCall"),
            )
        ),
    )


_INT, _LONG, _AT = ctypes.c_int, ctypes.c_int64, ctypes.c_void_p
# A name travels as an address: SQLite keeps the pointer, and a converted string would be gone by then.
_OPEN = ctypes.CFUNCTYPE(_INT, _AT, _AT, _AT, _INT, ctypes.POINTER(ctypes.c_int))
_DELETE = ctypes.CFUNCTYPE(_INT, _AT, _AT, _INT)
_CLOSE = ctypes.CFUNCTYPE(_INT, _AT)
_WRITE = ctypes.CFUNCTYPE(_INT, _AT, _AT, _INT, _LONG)
_TRUNCATE = ctypes.CFUNCTYPE(_INT, _AT, _LONG)
_SYNC = ctypes.CFUNCTYPE(_INT, _AT, _INT)
_OPEN_DIRECTORY = ctypes.CFUNCTYPE(_INT, _AT, _AT)
_SET_SYSTEM_CALL = ctypes.CFUNCTYPE(_INT, _AT, ctypes.c_char_p, _AT)
_GET_SYSTEM_CALL = ctypes.CFUNCTYPE(_AT, _AT, ctypes.c_char_p)


class NotToBeHeardError(Exception):
    """This Python has SQLite built in with its names hidden, or this is not Linux."""


def _library() -> ctypes.CDLL:
    """The very SQLite that the sqlite3 module uses. Raises NotToBeHeardError."""
    if not LOADED.exists():
        message = f"there is no {LOADED} to find this Python's SQLite in"
        raise NotToBeHeardError(message)
    loaded = re.findall(r"(/\S*libsqlite3\.so\S*)", LOADED.read_text(encoding="utf-8"))
    for candidate in (*loaded[:1], getattr(_sqlite3, "__file__", None)):
        library = ctypes.CDLL(candidate)
        if hasattr(library, "sqlite3_vfs_register"):
            return library
    message = "this Python's SQLite cannot be reached: neither libsqlite3 nor the sqlite3 module shows its names"
    raise NotToBeHeardError(message)


class Ear:
    """The layer, made once for a process; `hearing` puts it in the place of SQLite's own."""

    def __init__(self) -> None:
        self.listener: Listener | None = None
        self._library = _library()
        self._library.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)
        self._own = self._library.sqlite3_vfs_find(None)
        self._heard = _Vfs.from_buffer_copy(self._own.contents)
        self._tables: dict[int, tuple[_Methods, _Methods]] = {}
        """SQLite's own table of methods and its heard copy, by the address of the own one."""
        self._files: dict[int, tuple[int, Path, _Methods]] = {}
        """Number, path and own methods of each open file, by its address."""
        self._numbers = 0
        self._kept: list[object] = []
        """What C points at must not be collected."""
        self._heard.zName = NAME
        self._heard.xOpen = self._address(_OPEN(self._open))
        self._heard.xDelete = self._address(_DELETE(self._delete))
        self._hear_directories()

    @contextmanager
    def hearing(self, listener: Listener) -> Iterator[None]:
        """Every database that is opened meanwhile is heard, until it is closed. Not to be nested."""
        self.listener = listener
        self._library.sqlite3_vfs_register(ctypes.byref(self._heard), 1)
        try:
            yield
        finally:
            self._library.sqlite3_vfs_register(self._own, 1)
            self.listener = None

    def _address(self, function: Any) -> int:  # noqa: ANN401 - ctypes has no type for all its functions
        self._kept.append(function)
        return ctypes.cast(function, ctypes.c_void_p).value or 0

    # The layer

    def _open(self, vfs: int, name: int | None, file: int, flags: int, out: Any) -> int:  # noqa: ANN401 - a pointer
        path = Path(ctypes.string_at(name).decode()) if name else None
        if path is None or self.listener is None:
            return int(_OPEN(self._own.contents.xOpen)(vfs, name, file, flags, out))
        new = not path.exists()
        refused = self.listener.refusal(Call.OPEN, path)
        if refused == sqlite3.SQLITE_READONLY:
            # As the layer itself answers where the file cannot be opened for writing but for reading.
            flags = flags & ~(CREATE | READ_WRITE) | READ_ONLY
        elif refused:
            return refused
        result = int(_OPEN(self._own.contents.xOpen)(vfs, name, file, flags, out))
        if result == OK:
            self._hear(file, path, new=new)
        return result

    def _hear(self, file: int, path: Path, *, new: bool) -> None:
        methods = _File.from_address(file)
        own, heard = self._methods(methods)
        methods.pMethods = ctypes.pointer(heard)
        self._numbers += 1
        self._files[file] = (self._numbers, path, own)
        if self.listener is not None:
            self.listener.opened(self._numbers, path, new=new)

    def _methods(self, file: _File) -> tuple[_Methods, _Methods]:
        address = ctypes.addressof(file.pMethods.contents)
        if address not in self._tables:
            own = file.pMethods.contents
            heard = _Methods.from_buffer_copy(own)
            heard.xClose = self._address(_CLOSE(self._close))
            heard.xWrite = self._address(_WRITE(self._write))
            heard.xTruncate = self._address(_TRUNCATE(self._truncate))
            heard.xSync = self._address(_SYNC(self._sync))
            self._tables[address] = (own, heard)
        return self._tables[address]

    def _delete(self, vfs: int, name: int, sync_directory: int) -> int:
        path = Path(ctypes.string_at(name).decode())

        def really() -> int:
            # Told before its directory is synced, hence before the call; a file that is not there is nothing to tell.
            if self.listener is not None and path.exists():
                self.listener.deleted(path)
            return int(_DELETE(self._own.contents.xDelete)(vfs, name, sync_directory))

        return self._unless_refused(Call.DELETE, path, really)

    def _hear_directories(self) -> None:
        """The layer opens a directory for one purpose: to sync it."""
        find = _GET_SYSTEM_CALL(self._own.contents.xGetSystemCall)
        own = _OPEN_DIRECTORY(find(ctypes.addressof(self._own.contents), b"openDirectory"))

        def open_directory(name: int, handle: int) -> int:
            result = int(own(name, handle))
            if result == OK and self.listener is not None:
                self.listener.names_synced(Path(ctypes.string_at(name).decode()).parent)
            return result

        replace = _SET_SYSTEM_CALL(self._own.contents.xSetSystemCall)
        replace(ctypes.addressof(self._own.contents), b"openDirectory", self._address(_OPEN_DIRECTORY(open_directory)))

    # Its files

    def _close(self, file: int) -> int:
        _, _, own = self._files.pop(file)
        return int(_CLOSE(own.xClose)(file))

    def _write(self, file: int, data: int, size: int, offset: int) -> int:
        number, path, own = self._files[file]

        def really() -> int:
            result = int(_WRITE(own.xWrite)(file, data, size, offset))
            if result == OK and self.listener is not None:
                self.listener.wrote(number, offset, ctypes.string_at(data, size))
            return result

        return self._unless_refused(Call.WRITE, path, really)

    def _truncate(self, file: int, size: int) -> int:
        number, path, own = self._files[file]

        def really() -> int:
            result = int(_TRUNCATE(own.xTruncate)(file, size))
            if result == OK and self.listener is not None:
                self.listener.truncated(number, size)
            return result

        return self._unless_refused(Call.TRUNCATE, path, really)

    def _sync(self, file: int, flags: int) -> int:
        number, path, own = self._files[file]

        def really() -> int:
            # A first sync is followed by that of the directory within the same call, so it is told before.
            if self.listener is not None:
                self.listener.synced(number)
            return int(_SYNC(own.xSync)(file, flags))

        return self._unless_refused(Call.SYNC, path, really)

    def _unless_refused(self, call: Call, path: Path, really: Callable[[], int]) -> int:
        return (self.listener.refusal(call, path) if self.listener is not None else OK) or really()


@cache
def ear() -> Ear:
    """The one ear of this process. Raises NotToBeHeardError."""
    return Ear()
