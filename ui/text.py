"""The texts of the screens, by key, in each language: what `say` and `count` return is shown as it is.

Must not know screens, fonts or what a text is for. Texts stand in `locale/CODE/LC_MESSAGES/kiosk.po`; `./run texts`
makes from each the `.mo` beside it that is read here.
"""

from dataclasses import dataclass
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from types import MappingProxyType
from typing import Final, NoReturn

LOCALE: Final = Path(__file__).parent / "locale"

# Each language by its code (ISO 639-1), with the name it gives itself.
LANGUAGES: Final = MappingProxyType({"en": "English", "es": "Español"})


class TextError(LookupError):
    """A language, a key or a value that is not there; the message names what is."""


@dataclass(frozen=True, slots=True)
class Texts:
    """All texts in one language. Keys are `screen.part`, as in the catalogue."""

    language: str
    _catalogue: GNUTranslations

    def say(self, key: str, /, **values: object) -> str:
        """Return the text of this key with each `{name}` filled in.

        Raises TextError for a key that the catalogue lacks, and for a placeholder without a value.
        """
        return _filled(key, self._catalogue.gettext(key), values)

    def count(self, key: str, number: int, /, **values: object) -> str:
        """Return the text of this key in the form for this number, which fills `{number}`; raises as `say`."""
        return _filled(key, self._catalogue.ngettext(key, key, number), {"number": number, **values})


def load_texts(language: str) -> Texts:
    """Read the texts of a language, one of LANGUAGES. Raises TextError for any other."""
    if language not in LANGUAGES:
        allowed = ", ".join(f"{code} ({name})" for code, name in LANGUAGES.items())
        message = f"there are no texts in the language {language!r}: choose one of {allowed}"
        raise TextError(message)
    with (LOCALE / language / "LC_MESSAGES" / "kiosk.mo").open("rb") as file:
        catalogue = GNUTranslations(file)
    catalogue.add_fallback(_Refusal(language))
    return Texts(language, catalogue)


class _Refusal(NullTranslations):
    """What the catalogue asks for a key that it lacks: a key must never be shown in place of a text."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self._language = language

    def gettext(self, message: str) -> NoReturn:
        text = (
            f"no text has the key {message!r} in the language {self._language!r}: see ui/locale, and type ./run texts"
        )
        raise TextError(text)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> NoReturn:  # noqa: ARG002 - as the standard library calls it
        self.gettext(msgid1)


def _filled(key: str, text: str, values: dict[str, object]) -> str:
    try:
        return text.format(**values)
    except KeyError as lack:
        message = f"the text {key!r} needs a value for {lack}; given: {', '.join(values) or 'none'}"
        raise TextError(message) from None
