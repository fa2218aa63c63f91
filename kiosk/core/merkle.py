"""The RFC 6962 Merkle tree over the journal's entries: leaf, node, frontier, root and inclusion.

Holds hashing only. It must not know what an entry says, nor where entries are stored.
"""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import islice

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()

Frontier = tuple[bytes, ...]
"""Roots of the complete subtrees, largest first: as many as ``size`` has one-bits."""


def leaf_hash(body: bytes) -> bytes:
    """Hash of one leaf, RFC 6962 section 2.1. ``body`` is the stored row, never a re-serialised one."""
    return sha256(b"\x00" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node, RFC 6962 section 2.1."""
    return sha256(b"\x01" + left + right).digest()


def push(frontier: Frontier, size: int, leaf: bytes) -> Frontier:
    """The frontier of ``size + 1`` leaves, from that of ``size`` leaves and the new leaf's hash; O(log size)."""
    return extend(frontier, size, (leaf,))


def extend(frontier: Frontier, size: int, leaves: Iterable[bytes]) -> Frontier:
    """As `push`, for many leaves one after the other: half the cost of each."""
    subtrees = list(frontier)
    for number, leaf in enumerate(leaves, size):
        hashed, left = leaf, number
        while left & 1:
            hashed = node_hash(subtrees.pop(), hashed)
            left >>= 1
        subtrees.append(hashed)
    return tuple(subtrees)


def root(frontier: Frontier) -> bytes:
    """The tree's root, folded from the smallest complete subtree to the largest."""
    if not frontier:
        return EMPTY_ROOT
    hashed = frontier[-1]
    for left in reversed(frontier[:-1]):
        hashed = node_hash(left, hashed)
    return hashed


def tree_root(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes, the long way round (RFC 6962 section 2.1): what the frontier is checked against."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    split = largest_power_of_two_below(len(leaves))
    return node_hash(tree_root(leaves[:split]), tree_root(leaves[split:]))


def largest_power_of_two_below(number: int) -> int:
    """The largest power of two smaller than ``number`` (which is at least 2)."""
    return 1 << (number - 1).bit_length() - 1


def inclusion_proof(index: int, size: int, leaves: Iterable[bytes]) -> tuple[bytes, ...]:
    """The audit path of leaf ``index`` in the tree of the first ``size`` leaf hashes (RFC 6962 section 2.1.1), nearest
    sibling first.

    Takes the leaves once, in order, and keeps O(log size) of them: they may come straight from a table of millions.
    Raises ValueError for an index that is not below the size, and for fewer leaves than that.
    """
    if not 0 <= index < size:
        message = f"leaf {index} is not in a tree of {size} leaves"
        raise ValueError(message)
    siblings = _siblings(index, size)
    remaining = iter(leaves)
    roots: dict[tuple[int, int], bytes] = {}
    for first, end in sorted((*siblings, (index, index + 1))):
        roots[first, end] = _root_of_next(remaining, end - first)
    return tuple(roots[sibling] for sibling in siblings)


def _siblings(index: int, size: int) -> list[tuple[int, int]]:
    """The subtrees beside the way from leaf ``index`` up to the root: first leaf and the one after the last, nearest
    first.
    """
    found: list[tuple[int, int]] = []
    first, end = 0, size
    while end - first > 1:
        split = first + largest_power_of_two_below(end - first)
        if index < split:
            found.append((split, end))
            end = split
        else:
            found.append((first, split))
            first = split
    return found[::-1]


def _root_of_next(leaves: Iterator[bytes], count: int) -> bytes:
    taken = 0

    def next_leaves() -> Iterator[bytes]:
        nonlocal taken
        for leaf in islice(leaves, count):
            taken += 1
            yield leaf

    frontier = extend((), 0, next_leaves())
    if taken < count:
        message = "there are fewer leaves than the tree has"
        raise ValueError(message)
    return root(frontier)


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], expected_root: bytes) -> bool:
    """Whether ``proof`` shows ``leaf`` at ``index`` of the tree of ``size`` leaves (RFC 9162 section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    position, last, hashed = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if position & 1 or position == last:
            hashed = node_hash(sibling, hashed)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            hashed = node_hash(hashed, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and hashed == expected_root
