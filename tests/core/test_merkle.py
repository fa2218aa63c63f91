"""The Merkle tree: frontier against the recursive definition, and inclusion proofs. Knows no entries."""

from collections.abc import Sequence
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.merkle import (
    EMPTY_ROOT,
    Frontier,
    extend,
    inclusion_proof,
    inclusion_proofs,
    largest_power_of_two_below,
    leaf_hash,
    node_hash,
    push,
    root,
    tree_root,
    verify_inclusion,
)

KNOWN_LEAVES = tuple(
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
)
KNOWN_ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
"""The leaves and roots that the reference implementation of Certificate Transparency publishes for RFC 6962."""
KNOWN_PROOFS = (
    (0, 1, ()),
    (
        0,
        8,
        (
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ),
    ),
    (
        5,
        8,
        (
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ),
    ),
    (2, 3, ("fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",)),
    (
        1,
        5,
        (
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ),
    ),
)
"""Index, size and audit path, published there as well."""


def leaves_of(count: int) -> list[bytes]:
    return [leaf_hash(f"entry {number}".encode()) for number in range(count)]


def test_the_published_roots_come_out() -> None:
    hashes = [leaf_hash(leaf) for leaf in KNOWN_LEAVES]
    assert [tree_root(hashes[: size + 1]).hex() for size in range(8)] == list(KNOWN_ROOTS)


@pytest.mark.parametrize(("index", "size", "path"), KNOWN_PROOFS)
def test_the_published_proofs_come_out_and_hold(index: int, size: int, path: tuple[str, ...]) -> None:
    hashes = [leaf_hash(leaf) for leaf in KNOWN_LEAVES]
    proof = inclusion_proof(index, size, hashes)

    assert [each.hex() for each in proof] == list(path)
    assert verify_inclusion(index, size, hashes[index], proof, bytes.fromhex(KNOWN_ROOTS[size - 1]))


def test_the_empty_tree_is_the_hash_of_nothing() -> None:
    assert root(()) == tree_root([]) == EMPTY_ROOT == sha256(b"").digest()


def test_a_leaf_is_never_a_node() -> None:
    left, right = leaves_of(2)
    assert leaf_hash(left + right) != node_hash(left, right)


def test_the_frontier_gives_the_recursive_root_at_every_size_up_to_200() -> None:
    leaves = leaves_of(200)
    frontier: Frontier = ()
    for size, leaf in enumerate(leaves):
        frontier = push(frontier, size, leaf)
        assert frontier == extend((), 0, leaves[: size + 1]) == extend(frontier, size + 1, ())
        assert root(frontier) == tree_root(leaves[: size + 1])
        assert len(frontier) == (size + 1).bit_count()


@pytest.mark.parametrize(("number", "power"), [(2, 1), (3, 2), (4, 2), (5, 4), (8, 4), (9, 8)])
def test_a_tree_splits_at_the_largest_power_of_two_below_its_size(number: int, power: int) -> None:
    assert largest_power_of_two_below(number) == power


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 65, 200])
def test_every_leaf_is_proved_to_be_in_its_tree(size: int) -> None:
    leaves = leaves_of(size)
    expected = tree_root(leaves)
    for index, leaf in enumerate(leaves):
        proof = inclusion_proof(index, size, leaves)
        assert len(proof) <= (size - 1).bit_length()
        assert verify_inclusion(index, size, leaf, proof, expected)


def by_definition(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """RFC 6962 section 2.1.1 to the letter."""
    if len(leaves) == 1:
        return []
    split = largest_power_of_two_below(len(leaves))
    if index < split:
        return [*by_definition(index, leaves[:split]), tree_root(leaves[split:])]
    return [*by_definition(index - split, leaves[split:]), tree_root(leaves[:split])]


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=70), st.data())
def test_a_proof_from_one_pass_over_the_leaves_is_the_one_of_the_definition(
    bodies: list[bytes], data: st.DataObject
) -> None:
    leaves = [leaf_hash(body) for body in bodies]
    size = data.draw(st.integers(1, len(leaves)))
    index = data.draw(st.integers(0, size - 1))

    assert list(inclusion_proof(index, size, iter(leaves))) == by_definition(index, leaves[:size])
    several = inclusion_proofs((0, index, size - 1), size, iter(leaves))
    assert {at: list(path) for at, path in several.items()} == {
        at: by_definition(at, leaves[:size]) for at in (0, index, size - 1)
    }


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0), (1, 4)])
def test_there_is_no_proof_of_a_leaf_beyond_the_tree_nor_over_leaves_that_are_not_there(index: int, size: int) -> None:
    with pytest.raises(ValueError, match=r"leaf|leaves"):
        inclusion_proof(index, size, leaves_of(3))


@given(st.integers(1, 70), st.data())
def test_no_proof_holds_for_another_place_size_leaf_or_root(size: int, data: st.DataObject) -> None:
    leaves = leaves_of(size)
    index, other = data.draw(st.integers(0, size - 1)), data.draw(st.integers(-2, size + 2))
    proof, expected = inclusion_proof(index, size, leaves), tree_root(leaves)
    if other != index:
        assert not verify_inclusion(other, size, leaves[index], proof, expected)
    assert not verify_inclusion(index, size, leaf_hash(b"forged"), proof, expected)
    assert not verify_inclusion(index, size, leaves[index], (*proof, leaves[0]), expected)
    assert not verify_inclusion(index, size, leaves[index], proof, EMPTY_ROOT)
    if proof:
        assert not verify_inclusion(index, size, leaves[index], proof[:-1], expected)
