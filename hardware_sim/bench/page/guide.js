// The three steps of "Try this", which tick themselves off.

import { byId } from "/dom.js";
import { on } from "/feed.js";

const STEPS = ["deliver", "pick_up", "jam"];

on("steps", (done) => {
  const next = STEPS.find((step) => !done.includes(step));
  STEPS.forEach((step, index) => {
    const item = byId(`step-${step}`);
    item.classList.toggle("done", done.includes(step));
    item.classList.toggle("next", step === next);
    item.querySelector(".tick").textContent = done.includes(step) ? "✓" : String(index + 1);
    if (done.includes(step)) item.setAttribute("aria-label", "Done");
  });
});
