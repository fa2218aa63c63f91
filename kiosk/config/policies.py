"""The policy's two outer forms, a file for people and canonical bytes for the database; one reader checks both.

Holds which settings must stay in order among each other. It must not know what a setting is for.
"""

from dataclasses import fields
from typing import Any

from kiosk.config.layouts import json_object
from kiosk.config.reader import DocumentError, Fault, Table
from kiosk.core.entries import canonical
from kiosk.core.policy import Policy, policy_ranges

DEFAULTS = Policy()
IN_ORDER = (
    ("poll_fast_ms", "poll_idle_ms"),
    ("open_wait_ms", "silent_wait_ms"),
    ("door_reminder_s", "door_second_reminder_s"),
    ("door_second_reminder_s", "door_left_open_s"),
    ("idle_warn_s", "idle_end_s"),
    ("bucket_refill_s", "guarded_refill_s"),
)
"""The first of each pair is smaller than the second, whatever their ranges allow."""


def read_policy(root: Table, version: int = 0) -> Policy:
    """The policy; what the table does not name keeps its default. To be used only if the table was sound in the end."""
    ranges = policy_ranges()
    values: dict[str, Any] = {}
    for each in fields(Policy):
        if each.name in ranges:
            values[each.name] = root.number(each.name, *ranges[each.name], getattr(DEFAULTS, each.name))
        elif each.type is bool:
            values[each.name] = root.flag(each.name, default=getattr(DEFAULTS, each.name))
    for smaller, larger in IN_ORDER:
        if root.sound and values[smaller] >= values[larger]:
            root.refuse(smaller, f"less than {larger} ({values[larger]}) is allowed, not {values[smaller]}")
    root.end()
    return Policy(version=version, **values)


def policy_to_json(policy: Policy) -> bytes:
    """Canonical bytes with every setting named, without the version."""
    return canonical({each.name: getattr(policy, each.name) for each in fields(Policy) if each.name != "version"})


def policy_from_json(body: bytes, version: int) -> Policy:
    """The policy in stored bytes; a setting that is younger than they are keeps its default. Raises DocumentError."""
    faults: list[Fault] = []
    policy = read_policy(Table(json_object(body, faults, "policy"), faults, "policy"), version)
    if faults:
        raise DocumentError(faults)
    return policy
