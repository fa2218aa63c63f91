"""The RFC 6962 Merkle tree over the journal's entries: leaf, node, frontier, root and inclusion.

Holds hashing only. It must not know what an entry says, nor where entries are stored.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
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
    """As `inclusion_proofs`, for one leaf."""
    return inclusion_proofs((index,), size, leaves)[index]


def inclusion_proofs(indices: Iterable[int], size: int, leaves: Iterable[bytes]) -> Mapping[int, tuple[bytes, ...]]:
    """The audit path of each of these leaves in the tree of the first ``size`` leaf hashes (RFC 6962 section 2.1.1),
    nearest sibling first.

    Takes the leaves once, in order, and keeps O(log size) of them for each index: they may come straight from a table
    of millions. Raises ValueError for an index that is not below the size, and for fewer leaves than that.
    """
    siblings = {index: _siblings(index, size) for index in indices}
    wanted = {part for ranges in siblings.values() for each in ranges for part in _complete(each)}
    roots = _subtree_roots(wanted, size, leaves)
    return {
        index: tuple(root(tuple(roots[part] for part in _complete(each))) for each in ranges)
        for index, ranges in siblings.items()
    }


_Range = tuple[int, int]
"""A subtree, as its first leaf and the one after its last."""


def _siblings(index: int, size: int) -> list[_Range]:
    """The subtrees beside the way from leaf ``index`` up to the root, nearest first."""
    if not 0 <= index < size:
        message = f"leaf {index} is not in a tree of {size} leaves"
        raise ValueError(message)
    found: list[_Range] = []
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


def _complete(subtree: _Range) -> list[_Range]:
    """The complete subtrees that make up a subtree, largest first: only the tree's right edge is of more than one."""
    first, end = subtree
    parts: list[_Range] = []
    while first < end:
        after = first + (1 << (end - first).bit_length() - 1)
        parts.append((first, after))
        first = after
    return parts


def _subtree_roots(wanted: Collection[_Range], size: int, leaves: Iterable[bytes]) -> Mapping[_Range, bytes]:
    """The roots of these complete subtrees, from one pass over the leaves."""
    subtrees: list[bytes] = []
    roots: dict[_Range, bytes] = {}
    end = 0
    for end, leaf in enumerate(islice(leaves, size), 1):
        hashed, first, left = leaf, end - 1, end - 1
        if (first, end) in wanted:
            roots[first, end] = hashed
        while left & 1:
            hashed, left = node_hash(subtrees.pop(), hashed), left >> 1
            first = 2 * first - end
            if (first, end) in wanted:
                roots[first, end] = hashed
        subtrees.append(hashed)
    if end < size:
        message = f"there are {end} leaves, and the tree has {size}"
        raise ValueError(message)
    return roots


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
