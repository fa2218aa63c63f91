"""What the texts promise: each language complete, each key used, and what is compiled is what is written.

Must not know how a screen looks.
"""

import ast
import re
import string
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from ui.text import LANGUAGES, LOCALE, TextError, Texts, load_texts

UI = LOCALE.parent
WORDS = r"[a-z][a-z0-9]*(_[a-z0-9]+)*"
KEY = re.compile(rf"{WORDS}(\.{WORDS})?")
TABLE = "_KEYS"


# --- what is written ---


def source(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "kiosk.po"


@cache
def catalogue(language: str) -> Catalog:
    with source(language).open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


@cache
def forms(language: str) -> Mapping[str, tuple[str, ...]]:
    """Every key with its text, or with the text of each plural form."""
    return {key_of(message): texts_of(message) for message in catalogue(language) if message.id}


def key_of(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def texts_of(message: Message) -> tuple[str, ...]:
    return (message.string or "",) if isinstance(message.string, str | None) else tuple(message.string)


@cache
def counted() -> frozenset[str]:
    """The keys whose text goes with a number."""
    return frozenset(key_of(message) for message in catalogue("en") if message.pluralizable)


def placeholders(*texts: str) -> frozenset[str]:
    return frozenset(name for text in texts for _, name, _, _ in string.Formatter().parse(text) if name is not None)


# --- what the code asks for ---


@dataclass(frozen=True)
class Call:
    """A call of `say` or `count` with a key that stands in it; ``values`` is None where `**` hides them."""

    place: str
    method: str
    key: str
    values: frozenset[str] | None


@cache
def modules() -> Mapping[Path, ast.Module]:
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(UI.rglob("*.py"))}


def asked() -> Iterator[tuple[str, str, ast.Call]]:
    """Each call of `say` and `count` on texts: where, which, and the call."""
    for path, module in modules().items():
        for node in ast.walk(module):
            match node:
                case ast.Call(func=ast.Attribute(value=on, attr="say" | "count" as method), args=[_, *_]):
                    if ast.unparse(on).endswith("texts"):
                        yield f"{path.relative_to(UI)}:{node.lineno}", method, node


def calls() -> Iterator[Call]:
    for place, method, node in asked():
        names = [keyword.arg for keyword in node.keywords]
        values = None if None in names else frozenset(name for name in names if name is not None)
        for key in _literals(node.args[0]):
            yield Call(place, method, key, values)


def _literals(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(key)):
            yield key
        case ast.IfExp(body=one, orelse=other):
            yield from _literals(one)
            yield from _literals(other)
        case _:
            pass


@cache
def strings() -> frozenset[str]:
    """Every string in ui/ that could be a key, and the keys that a table reckons."""
    nodes = (node for module in modules().values() for node in ast.walk(module))
    written = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return frozenset(text for text in written if KEY.fullmatch(text)) | frozenset(_in_tables())


def _in_tables() -> Iterator[str]:
    for path, module in modules().items():
        for statement in module.body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                    if name.endswith(TABLE):
                        yield from _leaves(getattr(import_module(_module(path)), name))
                case _:
                    pass


def _module(path: Path) -> str:
    return ".".join(path.relative_to(UI.parent).with_suffix("").parts).removesuffix(".__init__")


def _leaves(table: object) -> Iterator[str]:
    match table:
        case str(key):
            yield key
        case Mapping():
            for value in table.values():
                yield from _leaves(value)
        case tuple():
            for value in table:
                yield from _leaves(value)
        case _:
            pytest.fail(f"a table of keys holds {table!r}")


# --- the catalogues ---


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_kiosk_reads_is_what_the_catalogue_says(language: str) -> None:
    made = BytesIO()
    write_mo(made, catalogue(language))

    assert source(language).with_suffix(".mo").read_bytes() == made.getvalue(), "type ./run texts"


def test_every_language_that_is_offered_has_a_catalogue_and_the_other_way_round() -> None:
    assert sorted(LANGUAGES) == sorted(path.name for path in LOCALE.iterdir())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_every_key_of_english_and_no_other(language: str) -> None:
    assert sorted(forms(language)) == sorted(forms("en"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_says_something_is_sure_and_has_no_blank_at_its_ends(language: str) -> None:
    empty = [key for key, texts in forms(language).items() for text in texts if not text or text != text.strip()]

    assert empty == []
    assert [message.id for message in catalogue(language) if message.fuzzy] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_plural_form_that_the_language_has_is_there(language: str) -> None:
    wanted = catalogue(language).num_plurals
    numbers = {key: len(texts) for key, texts in forms(language).items() if key in counted()}

    assert {key: number for key, number in numbers.items() if number != wanted} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_is_filled_with_what_english_is_filled_with(language: str) -> None:
    english = {key: placeholders(*texts) for key, texts in forms("en").items()}

    assert {key: placeholders(*texts) for key, texts in forms(language).items()} == english


@pytest.mark.parametrize("language", LANGUAGES)
def test_keys_are_written_alike(language: str) -> None:
    assert [key for key in forms(language) if not KEY.fullmatch(key)] == []


# --- the catalogues and the code ---


def test_every_key_that_the_code_names_is_in_the_catalogue() -> None:
    families = {key.partition(".")[0] for key in forms("en") if "." in key}
    named = {text for text in strings() if "." in text and text.partition(".")[0] in families}
    named |= {call.key for call in calls()} | set(_in_tables())

    assert sorted(named - set(forms("en"))) == []


def test_every_key_in_the_catalogue_is_named_by_the_code() -> None:
    assert sorted(set(forms("en")) - strings()) == []


def test_no_key_is_put_together_where_nobody_would_find_it() -> None:
    built = [(place, ast.unparse(node.args[0])) for place, _, node in asked() if _is_built(node.args[0])]

    assert built == []


def _is_built(key: ast.expr) -> bool:
    return any(isinstance(node, ast.JoinedStr | ast.BinOp) for node in ast.walk(key) if not _is_index(key, node))


def _is_index(key: ast.expr, node: ast.AST) -> bool:
    """What picks from a table may be reckoned: `COLUMN_KEYS[number - 1]`."""
    return isinstance(key, ast.Subscript) and any(node is inner for inner in ast.walk(key.slice))


def test_a_text_that_goes_with_a_number_is_counted_and_no_other() -> None:
    assert [call for call in calls() if (call.method == "count") != (call.key in counted())] == []


def test_every_call_gives_just_what_the_text_is_filled_with() -> None:
    wrong = [call for call in calls() if call.values is not None and call.values != _wanted(call)]

    assert wrong == []


def _wanted(call: Call) -> frozenset[str]:
    return placeholders(*forms("en").get(call.key, ())) - ({"number"} if call.method == "count" else set())


def test_enough_of_the_code_is_looked_at_to_be_worth_it() -> None:
    assert len({call.key for call in calls()}) > len(forms("en")) // 3


# --- what is said ---


@pytest.fixture(params=list(LANGUAGES))
def texts(request: pytest.FixtureRequest) -> Texts:
    return load_texts(request.param)


def test_a_text_is_said_with_its_values() -> None:
    assert load_texts("en").say("your_parcels.open", door="C09") == "Open C09"
    assert load_texts("es").say("your_parcels.open", door="C09") == "Abrir C09"


@pytest.mark.parametrize(("number", "said"), [(1, "1 second left"), (2, "2 seconds left"), (0, "0 seconds left")])
def test_a_number_takes_the_form_that_goes_with_it(number: int, said: str) -> None:
    assert load_texts("en").count("seconds_left", number) == said


def test_every_text_can_be_said(texts: Texts) -> None:
    for key, written in forms(texts.language).items():
        values = dict.fromkeys(placeholders(*written), "7")
        said = [texts.count(key, n, **values) for n in (0, 1, 2)] if key in counted() else [texts.say(key, **values)]

        assert [text for text in said if not text or "{" in text] == []


def test_a_value_with_braces_is_shown_as_it_is() -> None:
    assert load_texts("en").say("your_parcels.open", door="{door}") == "Open {door}"


@pytest.mark.parametrize("language", ["fr_XX", "", "EN", "../en"])
def test_a_language_that_is_not_there_is_answered_with_those_that_are(language: str) -> None:
    with pytest.raises(TextError) as refused:
        load_texts(language)

    assert str(refused.value) == (
        f"there are no texts in the language {language!r}: choose one of en (English), es (Español)"
    )


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(lambda texts: texts.say("no.such"), id="say"),
        pytest.param(lambda texts: texts.count("no.such", 1), id="count"),
    ],
)
def test_a_key_that_is_not_there_is_never_shown_in_place_of_a_text(ask: Callable[[Texts], str], texts: Texts) -> None:
    with pytest.raises(TextError, match=f"no text has the key 'no.such' in the language '{texts.language}'"):
        ask(texts)


def test_a_value_that_is_lacking_is_named_with_those_given() -> None:
    with pytest.raises(TextError) as refused:
        load_texts("en").say("your_parcels.open", room="7")

    assert str(refused.value) == "the text 'your_parcels.open' needs a value for 'door'; given: room"
