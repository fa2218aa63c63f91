"""The Merkle tree: frontier against the recursive definition, and inclusion proofs. Knows no entries."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.merkle import (
    EMPTY_ROOT,
    Frontier,
    inclusion_proof,
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


def leaves_of(count: int) -> list[bytes]:
    return [leaf_hash(f"entry {number}".encode()) for number in range(count)]


def test_the_published_roots_come_out() -> None:
    hashes = [leaf_hash(leaf) for leaf in KNOWN_LEAVES]
    assert [tree_root(hashes[: size + 1]).hex() for size in range(8)] == list(KNOWN_ROOTS)


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
        proof = inclusion_proof(index, leaves)
        assert len(proof) <= (size - 1).bit_length()
        assert verify_inclusion(index, size, leaf, proof, expected)


@given(st.integers(1, 70), st.data())
def test_no_proof_holds_for_another_place_size_leaf_or_root(size: int, data: st.DataObject) -> None:
    leaves = leaves_of(size)
    index, other = data.draw(st.integers(0, size - 1)), data.draw(st.integers(-2, size + 2))
    proof, expected = inclusion_proof(index, leaves), tree_root(leaves)
    if other != index:
        assert not verify_inclusion(other, size, leaves[index], proof, expected)
    assert not verify_inclusion(index, size, leaf_hash(b"forged"), proof, expected)
    assert not verify_inclusion(index, size, leaves[index], (*proof, leaves[0]), expected)
    assert not verify_inclusion(index, size, leaves[index], proof, EMPTY_ROOT)
    if proof:
        assert not verify_inclusion(index, size, leaves[index], proof[:-1], expected)
