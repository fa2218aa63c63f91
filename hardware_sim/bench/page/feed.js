// The stream of what happens: values by name and rows that are added, as the server has them.
// A stream that breaks is taken up again by the browser itself, and begins with the state whole.

import { toast } from "/dom.js";

const KEPT = 300;
const values = {};
const listeners = new Map();

export const value = (name) => values[name];

// `changed(value, added)` is called for each change; `added` are the new rows of a list, null if it is all new.
export function on(names, changed) {
  for (const name of [names].flat()) listeners.set(name, [...(listeners.get(name) ?? []), changed]);
}

function tell(name, added = null) {
  for (const changed of listeners.get(name) ?? []) changed(values[name], added);
}

function take(change) {
  for (const [name, value] of Object.entries(change.set ?? {})) {
    values[name] = value;
    tell(name);
  }
  for (const [name, rows] of Object.entries(change.add ?? {})) {
    values[name] = [...(values[name] ?? []), ...rows].slice(-KEPT);
    tell(name, rows);
  }
}

export function listen() {
  const stream = new EventSource("/happenings");
  stream.addEventListener("whole", (event) => {
    Object.assign(values, JSON.parse(event.data));
    Object.keys(values).forEach((name) => tell(name));
  });
  stream.addEventListener("changes", (event) => JSON.parse(event.data).forEach(take));
  stream.addEventListener("error", () => {
    values.kiosk = null;
    tell("kiosk");
  });
}

// Post something that a person does; whether it could be done. What could not is told.
export async function post(path, body = {}) {
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    const said = await answer.json();
    if (!said.ok) toast(said.error);
    return said.ok;
  } catch {
    toast("The bench does not answer. Is kiosk-sim demo still running?");
    return false;
  }
}
