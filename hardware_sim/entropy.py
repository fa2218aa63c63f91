"""Random bytes from a seed: the same seed, the same bytes, in every run and on every machine.

Holds one stream. It must not be used where anybody's code must stay secret.
"""

from hashlib import sha256


class SeededEntropy:
    """SHA-256 over seed and counter; each call goes on where the last one ended."""

    def __init__(self, seed: int, purpose: str = "") -> None:
        """``purpose`` tells streams of one seed apart, so that what one user draws does not move another's bytes."""
        self._prefix = f"{seed}/{purpose}/".encode()
        self._blocks = 0
        self._left = b""

    def random_bytes(self, count: int) -> bytes:
        while len(self._left) < count:
            self._left += sha256(self._prefix + str(self._blocks).encode()).digest()
            self._blocks += 1
        taken, self._left = self._left[:count], self._left[count:]
        return taken
