// The kiosk's screen: the newest picture, fingers that go through, and an unseen layer of what is on it in words,
// for keyboards and screen readers.

import { byId, el } from "/dom.js";
import { on, post, value } from "/feed.js";

const picture = byId("picture");
const layer = byId("elements");
const dark = byId("dark");

// --- the picture: one request at a time, always for the newest

let fetching = false;
let wanted = null;
let shown = null;

async function draw() {
  if (fetching) return;
  fetching = true;
  while (wanted !== null && wanted !== shown) {
    const asked = wanted;
    try {
      const answer = await fetch(`/screen.png?${asked}`);
      if (!answer.ok) break; // dark; the next picture is told again
      paint(await createImageBitmap(await answer.blob()));
    } catch {
      break;
    }
    shown = asked;
  }
  fetching = false;
}

function paint(bitmap) {
  if (picture.width !== bitmap.width || picture.height !== bitmap.height) {
    picture.width = bitmap.width;
    picture.height = bitmap.height;
    byId("screen").style.aspectRatio = `${bitmap.width} / ${bitmap.height}`;
  }
  picture.getContext("2d").drawImage(bitmap, 0, 0);
  bitmap.close();
}

on("screen", (seen) => {
  wanted = seen === null ? null : seen.join("-");
  if (seen === null) shown = null;
  draw();
});

// --- fingers: in order, and no faster than they are taken

const waiting = [];
let sending = false;
let pressed = false;

function at(event) {
  const box = layer.getBoundingClientRect();
  const [width, height] = value("bench").screen_px;
  const within = (share, size) => Math.max(0, Math.min(size - 1, Math.round(share * size)));
  return [
    within((event.clientX - box.left) / box.width, width),
    within((event.clientY - box.top) / box.height, height),
  ];
}

async function touch(kind, [x, y]) {
  if (kind === "move" && waiting.at(-1)?.[0] === "move") waiting.pop();
  waiting.push([kind, x, y]);
  if (sending) return;
  sending = true;
  while (waiting.length > 0) await post("/touches", waiting.splice(0, 100));
  sending = false;
}

layer.addEventListener("pointerdown", (event) => {
  if (!event.isPrimary || event.button !== 0) return;
  layer.setPointerCapture(event.pointerId);
  pressed = true;
  touch("down", at(event));
});
layer.addEventListener("pointermove", (event) => {
  if (pressed && event.isPrimary) touch("move", at(event));
});
for (const kind of ["pointerup", "pointercancel"]) {
  layer.addEventListener(kind, (event) => {
    if (!pressed || !event.isPrimary) return;
    pressed = false;
    touch("up", at(event));
  });
}
layer.addEventListener("contextmenu", (event) => event.preventDefault());

// --- in words

// A keyboard or a screen reader presses in the middle; a pointer's own click was a touch already.
function press(event, [x, y, width, height]) {
  if (event.detail !== 0) return;
  const middle = [Math.round(x + width / 2), Math.round(y + height / 2)];
  touch("down", middle);
  touch("up", middle);
}

function word(element) {
  if (!element.touch) return el("div", { role: element.role === "text" ? null : element.role, "data-key": key(element) }, element.name);
  return el("button", { type: "button", "aria-label": element.name, "data-key": key(element) });
}

const key = (element) => `${element.role}|${element.name}|${element.touch}`;

function place(node, element) {
  const [width, height] = value("bench").screen_px;
  const [x, y, wide, high] = element.box;
  Object.assign(node.style, {
    left: `${(100 * x) / width}%`,
    top: `${(100 * y) / height}%`,
    width: `${(100 * wide) / width}%`,
    height: `${(100 * high) / height}%`,
  });
  if (element.touch) {
    // Not `disabled`: that would swallow touches, and the kiosk says why nothing happens.
    node.setAttribute("aria-disabled", String(!element.enabled));
    node.onclick = (event) => press(event, element.box);
  }
}

// What stays on the screen stays in the layer, so that nobody's focus is lost.
on("elements", (elements) => {
  const old = new Map();
  for (const node of layer.children) old.set(node.dataset.key, [...(old.get(node.dataset.key) ?? []), node]);
  const nodes = (elements ?? []).map((element) => {
    const node = old.get(key(element))?.shift() ?? word(element);
    place(node, element);
    return node;
  });
  for (const left of [...old.values()].flat()) left.remove();
  nodes.forEach((node, index) => {
    if (layer.children[index] !== node) layer.insertBefore(node, layer.children[index] ?? null);
  });
});

// --- on or off

on("kiosk", (kiosk) => {
  const state = byId("kiosk-state");
  const runs = kiosk?.running === true;
  state.classList.toggle("on", runs);
  state.textContent = kiosk === null ? "The bench does not answer" : runs ? "Kiosk is on" : "Kiosk is off";
  dark.hidden = runs;
  layer.hidden = !runs;
  const crash = byId("crash");
  crash.hidden = !(runs && kiosk.ended);
  crash.lastElementChild.textContent = crash.hidden ? "" : [kiosk?.ended, ...(kiosk?.log ?? [])].join("\n");
  if (runs) return;
  const log = kiosk?.log ?? [];
  dark.replaceChildren(
    el("p", {}, kiosk?.ended || "The bench does not answer. Is kiosk-sim demo still running?"),
    kiosk === null ? "" : el("p", { class: "quiet" }, kiosk.comes_back ? "It starts again by itself." : "Use the power button to start it again."),
    log.length === 0 ? "" : el("pre", {}, log.join("\n")),
  );
});

byId("power").addEventListener("click", () => post("/do/power"));
