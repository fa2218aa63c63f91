"""Lock board families by name: adding a board is its codec, one line here, and its golden frames.

It must not know ports, threads or how a board is wired.
"""

from collections.abc import Mapping

from drivers.boards.base import Codec
from drivers.boards.kerong import Kerong
from drivers.boards.shuoming import Shuoming
from drivers.boards.waveshare import Waveshare
from drivers.boards.winnsen import Winnsen
from drivers.boards.wkly import Wkly

BOARDS: Mapping[str, Codec] = {
    codec.abilities.family: codec for codec in (Shuoming(), Wkly(), Kerong(), Winnsen(), Waveshare())
}
"""Every supported family."""
