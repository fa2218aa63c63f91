"""Accessible: what is on a picture for programs and people that cannot see it.

Holds that list. It must not know which screen it is, nor where it is written.
"""

from ui.elements import Picture, Role, SayWhy


def accessible(picture: Picture, px_per_mm: float) -> list[dict[str, object]]:
    """What is on a picture for who cannot see it, in reading order, with places in pixels."""
    return [
        {
            "role": "button" if element.role is Role.KEY else element.role.value,
            "name": element.name,
            "touch": element.action is not None,
            "enabled": element.action is not None and not isinstance(element.action, SayWhy),
            "box": [
                round(element.box.x * px_per_mm),
                round(element.box.y * px_per_mm),
                round(element.box.width * px_per_mm),
                round(element.box.height * px_per_mm),
            ],
        }
        for element in picture.elements
        if element.role is not Role.DECORATION
    ]
