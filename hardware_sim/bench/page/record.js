// What happens inside: entries as they are written, frames as they pass, the newest on top.

import { byId, clock, el, tabs } from "/dom.js";
import { on } from "/feed.js";

const KEPT = 300;
const ARROWS = { out: "→", in: "←", noise: "⚡" };

tabs(["entries", "frames"], (id) => {
  byId("entries").hidden = id !== "entries";
  byId("frames").hidden = id !== "frames";
  byId("polls-label").hidden = id !== "frames";
});
byId("polls").addEventListener("change", (event) => byId("frames").classList.toggle("all", event.target.checked));

let commit = "";

// Entries of one commit share a time; it is told once.
function entry({ seq, wall_ms: wall, event, kind, words, raw }) {
  const same = event === commit;
  commit = event;
  return el("li", { class: same ? "same" : "", "data-kind": kind }, el("time", {}, clock(wall)),
    el("details", {}, el("summary", {}, `#${seq} ${kind.replaceAll("_", " ")}`), el("pre", {}, JSON.stringify(raw, null, 1))),
    el("span", {}), el("span", { class: "words" }, words));
}

function frame({ wall_ms: wall, way, board, line, words, hex, routine }) {
  return el("li", { class: `${way}${routine ? " routine" : ""}` }, el("time", {}, clock(wall)),
    el("span", {}, el("span", { class: "way" }, `${ARROWS[way]} ${board || line} `), words),
    el("span", {}), el("span", { class: "hex" }, hex));
}

function rows(name, make) {
  on(name, (all, added) => {
    const list = byId(name);
    if (added === null) {
      list.replaceChildren();
      commit = "";
    }
    for (const row of added ?? all) list.prepend(make(row));
    while (list.children.length > KEPT) list.lastElementChild.remove();
  });
}

rows("entries", entry);
rows("frames", frame);
