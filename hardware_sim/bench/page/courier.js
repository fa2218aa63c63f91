// The courier: access codes on cards, a cart of parcels, and the hand scanner.

import { byId, el } from "/dom.js";
import { on, post } from "/feed.js";

on("bench", (bench) => {
  byId("undo-note").textContent = `On this bench a courier can undo for ${bench.undo_s} s instead of a minute, so that notices come soon.`;
  byId("cards").replaceChildren(...bench.couriers.map(({ carrier, code }) => el("div", { class: "card" },
    el("small", {}, `${carrier.toUpperCase()} courier’s code`), el("strong", {}, code))));
});

const drawn = new Map();

function label(parcel) {
  const away = parcel.where !== "cart";
  const node = drawn.get(parcel.parcel) ?? make(parcel);
  node.classList.toggle("in-hand", parcel.in_hand);
  node.classList.toggle("away", away);
  node.disabled = away;
  node.querySelector(".where").textContent = away ? `in ${parcel.where}` : "in hand";
  node.querySelector(".where").hidden = !away && !parcel.in_hand;
  return node.parentElement;
}

function make(parcel) {
  const { carrier, service, printed, barcode, unit, name } = parcel;
  const picture = barcode ? el("img", { src: `/labels/${parcel.parcel}.svg`, alt: "" }) : el("span", { class: "quiet" }, "(the barcode is torn off)");
  if (barcode && printed.length > 48) picture.className = "square";
  const node = el("button", {
    type: "button", class: "label",
    "aria-label": `Scan label: ${service} ${printed}, for ${name}, unit ${unit}`,
    onclick: () => post("/do/scan", { parcel: parcel.parcel }),
  },
  el("span", { class: "from" }, el("span", {}, carrier.toUpperCase() || "LABEL"), el("span", {}, service)),
  el("span", { class: "to" }, "TO ", name, " · ", el("b", {}, `UNIT ${unit}`)),
  picture,
  el("span", { class: "number" }, printed),
  el("span", { class: "where" }));
  drawn.set(parcel.parcel, node);
  el("li", {}, node);
  return node;
}

on("parcels", (parcels) => {
  const list = byId("labels");
  const items = [...parcels].sort((one, other) => (one.where !== "cart") - (other.where !== "cart")).map(label);
  items.forEach((item, index) => {
    if (list.children[index] !== item) list.insertBefore(item, list.children[index] ?? null);
  });
  while (list.children.length > items.length) list.lastElementChild.remove();
});

byId("bring").addEventListener("click", () => post("/do/bring_parcels"));
byId("no-barcode").addEventListener("click", () => post("/do/write_label", { text: "" }));
byId("own-label").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = byId("own-text").value.trim();
  if (text && (await post("/do/write_label", { text }))) byId("own-text").value = "";
});
