// Making elements of the page, and telling people what went wrong.

// An element with attributes; `on...` attributes are listeners, and null or false leaves one out.
export function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== null && value !== false) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== ""));
  return made;
}

export const byId = (id) => document.getElementById(id);

const TOAST_MS = 5000;
let fading;

export function toast(text) {
  const box = byId("toast");
  box.textContent = text;
  box.hidden = false;
  clearTimeout(fading);
  fading = setTimeout(() => { box.hidden = true; }, TOAST_MS);
}

// Tabs that show one of two panels; `chosen` is called with the panel's id.
export function tabs(ids, chosen) {
  const choose = (id) => {
    for (const each of ids) byId(`tab-${each}`).setAttribute("aria-selected", String(each === id));
    chosen(id);
  };
  for (const id of ids) byId(`tab-${id}`).addEventListener("click", () => choose(id));
  return choose;
}

export const clock = (ms) => new Date(ms).toLocaleTimeString([], { hour12: false });
export const spaced = (code) => `${code.slice(0, 4)} ${code.slice(4)}`;
