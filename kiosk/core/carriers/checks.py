"""Check digits: how each rule of the carriers computes the last character from those before it.

Holds pure arithmetic on ASCII digits and capital letters. It must not know which carrier uses which rule.
"""

from collections.abc import Callable, Sequence
from itertools import cycle

CheckRule = Callable[[str], str]
"""The check character for the characters before it."""

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def mod_10(*weights: int) -> CheckRule:
    """Weights from the left, in turn, with letters as carriers count them: A = 2, B = 3 … I = 0, J = 1.

    ``mod_10(1, 2)`` of UPS 5R8939035756712 is "7".
    """

    def check(text: str) -> str:
        return str(-_weighted(text, weights) % 10)

    return check


def mod_11_mod_10(*weights: int) -> CheckRule:
    """``mod_11_mod_10(3, 1, 7)`` of FedEx 98657878885 is "5": 269 mod 11."""

    def check(text: str) -> str:
        return str(_weighted(text, weights) % 11 % 10)

    return check


def _weighted(text: str, weights: Sequence[int]) -> int:
    return sum(_digit(character) * weight for character, weight in zip(text, cycle(weights), strict=False))


def _digit(character: str) -> int:
    return int(character) if character in "0123456789" else (ord(character) - 3) % 10


def in_front(digits: str, rule: CheckRule) -> CheckRule:
    """``rule`` with ``digits`` put in front for the sum only, unless the number starts with them already."""

    def check(text: str) -> str:
        return rule(text if text.startswith(digits) else digits + text)

    return check


def mod_7(text: str) -> str:
    """The digits as one number: 331881002 of DHL gives "5"."""
    return str(int(text) % 7)


def luhn(text: str) -> str:
    """ISO/IEC 7812-1, annex B: 32059546393 of Purolator gives "8"."""
    doubled = [int(digit) * weight for digit, weight in zip(reversed(text), cycle((2, 1)), strict=False)]
    return str(-sum(each - 9 if each > 9 else each for each in doubled) % 10)  # noqa: PLR2004 - the highest digit


S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)
S10_EXCEPTIONS = {10: "0", 11: "5"}
"""A check of two digits has no room, so the Universal Postal Union's standard S10 names these two digits."""


def s10(text: str) -> str:
    """Eight digits: 12345678 of RB123456785GB gives "5"."""
    check = 11 - _weighted(text, S10_WEIGHTS) % 11
    return S10_EXCEPTIONS.get(check, str(check))


MODULUS = 36


def mod_37_36(text: str) -> str:
    """ISO/IEC 7064 MOD 37,36, a digit or a letter: 09980000020033 of DPD gives "F"."""
    product = MODULUS
    for character in text:
        total = (product + ALPHABET.index(character)) % MODULUS or MODULUS
        product = total * 2 % (MODULUS + 1)
    return ALPHABET[(MODULUS + 1 - product) % MODULUS]
