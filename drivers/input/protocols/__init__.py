"""Serial scanners by how one talks with them: nothing to say, or the commands of a maker.

Holds the registry. It must not know a port: these are bytes and integer microseconds in, values out.
"""

from collections.abc import Mapping

from drivers.input.protocols.dialogue import Dialogue, Language
from drivers.input.protocols.gm65 import GM65
from drivers.input.protocols.ssi import SSI
from drivers.input.protocols.words import DATALOGIC, HONEYWELL, PLAIN

__all__ = ["PROTOCOLS", "Dialogue", "Language"]

PROTOCOLS: Mapping[str, Language] = {
    "plain": PLAIN,
    "gm65": GM65,
    "ssi": SSI,
    "honeywell": HONEYWELL,
    "datalogic": DATALOGIC,
}
"""By the name that settings files call them."""
