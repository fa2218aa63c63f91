"""The hardware at its lowest honest seam: bytes and pins. It must not know visits, screens or storage."""
