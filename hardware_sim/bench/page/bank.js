// The bank, drawn to scale: doors that one can pull and push, parcels inside, and what can break.

import { byId, el } from "/dom.js";
import { on, post, value } from "/feed.js";

const front = byId("bank");
const panel = byId("door");
let selected = "";
let chosen = "stuck-latch";
let before = {};

const inside = (door) => (value("parcels") ?? []).filter((parcel) => parcel.where === door);
const onCart = () => (value("parcels") ?? []).filter((parcel) => parcel.where === "cart");
const inHand = () => onCart().find((parcel) => parcel.in_hand) ?? onCart()[0];
const broken = () => Object.values(value("doors")).some((door) => door.faults.length > 0);
const nameOf = (parcel) => (parcel.printed ? `${parcel.carrier.toUpperCase()} …${parcel.printed.replaceAll(" ", "").slice(-4)}`.trim() : "parcel without barcode");

// --- what people do

function select(door) {
  selected = door;
  draw();
}

async function pull(door, node) {
  select(door);
  if (!(await post("/do/pull", { door }))) {
    node.classList.add("held");
    node.addEventListener("animationend", () => node.classList.remove("held"), { once: true });
  }
}

const inWords = (fault) => fault.replaceAll("-", " ");

const push = (door) => post("/do/push", { door });

function reach(door) {
  if (inside(door).length > 0) return post("/do/take_out", { door });
  return post("/do/put_in", { door, parcel: inHand()?.parcel ?? "" });
}

// --- the front

const nodes = new Map();

function build() {
  const places = value("bench").places;
  const width = Math.max(...places.map((place) => place.left_mm + place.width_mm));
  const height = Math.max(...places.map((place) => place.bottom_mm + place.height_mm));
  front.style.aspectRatio = `${width} / ${height}`;
  front.replaceChildren();
  nodes.clear();
  for (const place of places) {
    const node = el("div", { class: "door", "data-door": place.door });
    Object.assign(node.style, {
      left: `${(100 * place.left_mm) / width}%`,
      bottom: `${(100 * place.bottom_mm) / height}%`,
      width: `${(100 * place.width_mm) / width}%`,
      height: `${(100 * place.height_mm) / height}%`,
    });
    const leaf = el("button", { class: "leaf", type: "button", onclick: () => work(place.door, node) });
    const hole = el("button", { class: "inside", type: "button", hidden: true, onclick: () => reach(place.door) });
    node.append(leaf, hole);
    front.append(node);
    nodes.set(place.door, { node, leaf, hole });
  }
}

function work(door, node) {
  if (value("doors")[door].open) {
    select(door);
    push(door);
  } else {
    pull(door, node);
  }
}

function draw() {
  const doors = value("doors");
  if (!doors || nodes.size === 0) return;
  for (const [door, { node, leaf, hole }] of nodes) {
    const { open, faults } = doors[door];
    const fault = faults.map(inWords).join(", ");
    const parcels = inside(door);
    node.classList.toggle("open", open);
    node.classList.toggle("selected", door === selected);
    leaf.setAttribute("aria-label", `${door}, ${open ? "open: push it shut" : "shut: pull it"}${fault ? `, ${fault}` : ""}`);
    leaf.replaceChildren(
      ...[open ? "" : door, fault ? el("span", { class: "fault", title: fault }, "!") : "", !open && parcels.length > 0 ? el("span", { class: "parcel", title: "a parcel is inside" }) : ""].filter((child) => child !== ""),
    );
    hole.hidden = !open;
    hole.replaceChildren(parcels.length > 0 ? el("span", { class: "parcel" }) : "+");
    hole.setAttribute("aria-label", parcels.length > 0 ? `Take the parcel out of ${door}` : `Put a parcel into ${door}`);
  }
  drawPanel();
}

// --- the door that was chosen

function drawPanel() {
  if (!selected) {
    panel.replaceChildren(el("p", { class: "quiet" }, "A door can be pulled once its latch let go. Choose one to see what is behind it, or to break it."));
    return;
  }
  const place = value("bench").places.find((each) => each.door === selected);
  const { open, faults } = value("doors")[selected];
  const parcels = inside(selected);
  const held = inHand();
  const content = parcels.length > 0 ? parcels.map(nameOf).join(", ") : "empty";
  const focus = panel.contains(document.activeElement) ? document.activeElement.dataset.act : null;
  panel.replaceChildren(
    el("div", {}, el("b", {}, `${selected}: ${open ? "open" : "shut"}, ${content}`), " ",
      el("span", { class: "quiet" }, `size ${place.size}, column ${place.column}, row ${place.row}, board ${place.board}`)),
    el("div", { class: "acts" },
      open
        ? el("button", { type: "button", class: "primary", "data-act": "door", onclick: () => push(selected) }, "Push it shut")
        : el("button", { type: "button", "data-act": "door", onclick: () => pull(selected, nodes.get(selected).node) }, "Pull it open"),
      el("button", { type: "button", "data-act": "in", disabled: !open || !held, onclick: () => post("/do/put_in", { door: selected, parcel: held.parcel }) },
        held ? `Put ${nameOf(held)} in` : "No parcel at hand"),
      el("button", { type: "button", "data-act": "out", disabled: !open || parcels.length === 0, onclick: () => post("/do/take_out", { door: selected }) }, "Take parcel out")),
    el("div", { class: "acts breaking" },
      el("select", { "aria-label": `What can go wrong with ${selected}`, "data-act": "choose", onchange: (event) => { chosen = event.target.value; } },
        ...(value("faults")?.[selected] ?? []).map((name) => el("option", { value: name, selected: name === chosen }, inWords(name)))),
      el("button", { type: "button", "data-act": "spoil", onclick: () => post("/do/spoil", { door: selected, fault: chosen }) }, "Break it"),
      el("button", { type: "button", "data-act": "mend", disabled: !broken(), onclick: () => post("/do/mend", {}) }, "Mend all")),
    el("p", { class: "quiet" }, faults.length > 0 ? `Broken at ${selected}: ${faults.map(inWords).join(", ")}` : "Nothing is broken here."),
  );
  if (focus) panel.querySelector(`[data-act="${focus}"]`)?.focus();
}

on("bench", () => { build(); draw(); });
on("parcels", draw);
on("faults", draw);
on("doors", (doors) => {
  const sprung = Object.keys(doors).find((door) => doors[door].open && before[door]?.open === false);
  before = doors;
  if (sprung) selected = sprung;
  draw();
});
