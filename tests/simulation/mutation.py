"""How a mutant is put in place: the one module is loaded from its edited text, whoever imports it first.

Holds the loader. It must not know any mutant, and must not import anything of the kiosk.
"""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType


class StaleMutantError(Exception):
    """The text that a mutant replaces does not stand in its module exactly once."""


def edited(source: str, old: str, new: str) -> str:
    """Raises StaleMutantError."""
    if source.count(old) != 1:
        message = f"{old!r} stands there {source.count(old)} times"
        raise StaleMutantError(message)
    return source.replace(old, new)


class _Loader(SourceFileLoader):
    def __init__(self, name: str, path: str, old: str, new: str) -> None:
        super().__init__(name, path)
        self._old = old
        self._new = new

    def get_data(self, path: str) -> bytes:
        return edited(super().get_data(path).decode(), self._old, self._new).encode()

    def path_stats(self, path: str) -> dict[str, float]:
        """No time of change, so neither a cached module is taken, nor this one cached."""
        raise OSError(path)


class _Finder(MetaPathFinder):
    def __init__(self, module: str, old: str, new: str) -> None:
        self._module = module
        self._edit = old, new

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self._module:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.origin is not None:
            spec.loader = _Loader(fullname, spec.origin, *self._edit)
        return spec


def put_in_place(module: str, old: str, new: str) -> None:
    """From now on whoever imports the module gets the edited one. Raises RuntimeError if it is loaded already."""
    if module in sys.modules:
        message = f"{module} is loaded already"
        raise RuntimeError(message)
    sys.meta_path.insert(0, _Finder(module, old, new))
