// The residents' phone: each notice that left the kiosk, with its code and QR.

import { byId, el, spaced, tabs } from "/dom.js";
import { on, post, value } from "/feed.js";

const HEIGHTS = { floor: "at floor height", knee: "at knee height", waist: "at waist height", chest: "at chest height", eye: "at eye height", above: "above eye height" };
const LIFE = { grace: "Opened: for five minutes the code opens this door again.", spent: "Collected. The code is used up." };
let seen = 0;

const choose = tabs(["courier", "phone"], (id) => {
  document.querySelector(".hands").classList.toggle("phone-first", id === "phone");
  if (id === "phone") byId("unread").hidden = true;
});

function notice({ number, life, code, unit, compartment, column, height_band: height, carrier }) {
  const spent = life === "spent" || life === "revoked";
  return el("li", { class: spent ? "notice spent" : "notice", "data-notice": number },
    el("div", {},
      el("p", {}, `Unit ${unit}: ${carrier === "unknown" ? "a courier" : carrier.toUpperCase()} brought a parcel. It is in ${compartment}, column ${column} from the left, ${HEIGHTS[height] ?? height}.`),
      el("strong", {}, spaced(code)),
      LIFE[life] ? el("p", {}, LIFE[life]) : ""),
    el("img", { src: `/notices/${number}.svg`, alt: `QR code of ${spaced(code)}` }),
    spent ? "" : el("button", { type: "button", onclick: () => post("/do/show_code", { notice: String(number) }) }, "Hold before the scanner"));
}

on(["notices", "bench"], () => {
  const notices = value("notices") ?? [];
  const list = byId("notices");
  if (notices.length === 0) {
    list.replaceChildren(el("li", { class: "none" }, `No notice yet. It comes ${value("bench")?.undo_s ?? 60} s after a drop, with the code.`));
  } else {
    list.replaceChildren(...notices.map(notice).reverse());
  }
  if (notices.length > seen && byId("tab-courier").getAttribute("aria-selected") === "true") {
    byId("unread").textContent = String(notices.length - seen);
    byId("unread").hidden = false;
  }
  seen = notices.length;
});

choose("courier");
