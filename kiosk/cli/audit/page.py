"""The page of an export: a chain of custody as a table that anybody can read, in one HTML file without scripts.

Holds words and layout. It must not know where a chain comes from; whether it holds is for the check to say.
"""

import json
from datetime import UTC, datetime, timedelta
from html import escape

from kiosk.cli.audit.bundle import LABEL_MEMBER
from kiosk.core.chains import Chain, Step
from kiosk.core.entries import ClockState
from kiosk.core.proofs import Proven

WHO = ("courier", "by", "resident")
"""Whose hands: the first of these that an entry names; what names nobody was done by the kiosk."""
WHERE = "compartment"
_SHOWN_ELSEWHERE = frozenset({*WHO, WHERE, "parcel", "parcels", "private", "notice", "visit", "opening", "intent_seq"})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#111}"
    "table{border-collapse:collapse;width:100%}th,td{border:1px solid #999;padding:.4rem;text-align:left;"
    "vertical-align:top}code{overflow-wrap:anywhere}"
)


def page_of(chain: Chain, shown: tuple[Proven, ...], *, label: bool = False) -> str:
    """The page; ``shown`` is what the proofs have shown. With ``label`` a picture of the label lies beside it."""
    rows = "".join(_row(step, proven) for step, proven in zip(chain.steps, shown, strict=True))
    head = "".join(f"<th scope=col>{name}</th>" for name in ("When (UTC)", "What", "Where", "Who", "More", "Entry"))
    title = escape(f"Chain of custody of parcel {chain.parcel}")
    picture = f'<p><img src="{LABEL_MEMBER}" alt="The label" style="max-width:100%">' if label else ""
    notes = "".join(
        f"<pre>{escape(note)}</pre>" for note in dict.fromkeys(step.proof.checkpoint for step in chain.steps)
    )
    return (
        f"<!DOCTYPE html><html lang=en><meta charset=utf-8><title>{title}</title><style>{_STYLE}</style>"
        f"<h1>{title}</h1>{_revealed(chain)}{picture}<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        "<h2>How to check it</h2><p>This page is for reading. What proves it is custody.json beside it: "
        "<code>kiosk audit check-proof BUNDLE --vkey KEY</code> recomputes, for each entry, that it is in the record "
        "under the checkpoint below. Entries marked as not signed stand after the newest signed checkpoint. A time is "
        "as good as the clock was then, which is said beside it.</p>"
        f"<h2>Checkpoints</h2>{notes}</html>\n"
    )


def _revealed(chain: Chain) -> str:
    """The parcel's own personal data, as far as it is not erased."""
    known: dict[str, str] = {}
    for step in chain.steps:
        if step.revealed is not None:
            known |= {key: _text(value) for key, value in json.loads(step.revealed.private).items() if value}
    if not known:
        return "<p>Unit and tracking number are erased.</p>"
    return "<p>" + "<br>".join(f"{escape(_words(key))}: {escape(value)}" for key, value in known.items()) + "</p>"


def _row(step: Step, proven: Proven) -> str:
    body = json.loads(step.proof.entry)
    data = body["data"]
    more = "; ".join(f"{_words(key)} {_text(value)}" for key, value in data.items() if key not in _SHOWN_ELSEWHERE)
    signed = "" if step.proof.checkpoint != proven.checkpoint.text else ", not signed yet"
    cells = (
        _time(body["wall"], body["clock_state"]),
        _words(body["type"]),
        _text(data.get(WHERE, "")),
        next((_text(data[key]) for key in WHO if data.get(key)), "kiosk"),
        more,
        f"{step.proof.seq} of epoch {step.proof.epoch}{signed}",
    )
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"


def _time(wall_ms: int, clock_state: str) -> str:
    told = (_EPOCH + timedelta(milliseconds=wall_ms)).strftime("%Y-%m-%d %H:%M:%S")
    return told if clock_state == ClockState.TRUSTED else f"{told} (clock {clock_state})"


def _words(name: str) -> str:
    return name.replace("_", " ")


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
