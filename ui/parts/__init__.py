"""Parts: what several screens are built from, each a function from a setting and a box to elements."""
