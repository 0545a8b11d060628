// The keyboard. Every key works wherever the focus is, except in a field that takes text.
import { shown, selected, select, follow, helpOpen, show, dockOpen, theme } from "./store.js";
import { pause } from "./stream.js";

const views = {}; // name -> what the keys do in that list
let active = "diagram"; // the list that was used last

// listen takes a list's functions {move(n), unfold(on)}.
export function listen(name, functions) {
  views[name] = functions;
  return () => views[name] === functions && delete views[name];
}

// use says that a list is the one that j and k move in.
export const use = (name) => (active = name);

const view = () => views[active] || views.diagram;

export const tabs = ["clients", "table", "prefixes", "events", "console", "intercept", "hears", "compare"];

const keys = {
  j: () => view()?.move(1), ArrowDown: () => view()?.move(1),
  k: () => view()?.move(-1), ArrowUp: () => view()?.move(-1),
  PageDown: () => view()?.move(20), PageUp: () => view()?.move(-20),
  Home: () => view()?.move(-Infinity), g: () => view()?.move(-Infinity),
  End: () => (follow.value = true), G: () => (follow.value = true),
  ArrowRight: () => view()?.unfold?.(true), ArrowLeft: () => view()?.unfold?.(false),
  c: () => go(shown.value.causes(selected.value)[0]),
  e: () => go(effect()),
  "]": () => sibling(1), "[": () => sibling(-1),
  "/": () => document.getElementById("filter")?.focus(),
  " ": () => pause(),
  "?": () => (helpOpen.value = !helpOpen.value),
  Escape: () => (helpOpen.value ? (helpOpen.value = false) : select(0)),
  d: () => (dockOpen.value = !dockOpen.value),
  t: () => (theme.value = { auto: "dark", dark: "light", light: "auto" }[theme.value]),
};

// go chooses an event, if there is one.
const go = (e) => e && select(e.id, { jump: true });

// effect is what the chosen event led to: before all a message, and else what comes first.
function effect() {
  const list = (shown.value.effects.get(selected.value) || []).map((id) => shown.value.find(id)).filter(Boolean);
  return list.find((e) => e.kind === "message") || list.find((e) => e.kind === "ended") || list[0];
}

// sibling goes to the next effect of the same cause.
function sibling(n) {
  const e = shown.value.find(selected.value);
  const list = shown.value.effects.get(e?.by) || [];
  go(shown.value.find(list[list.indexOf(e?.id) + n]));
}

function onKey(e) {
  if (e.ctrlKey || e.metaKey || e.altKey || e.defaultPrevented) return;
  const el = e.target;
  if (el.closest?.("input, textarea, select, [contenteditable]")) {
    if (e.key === "Escape") el.blur();
    return;
  }
  if ((e.key === " " || e.key === "Enter") && el.closest("button, a, summary")) return;
  if (/^Arrow|^Home|^End|^Page/.test(e.key) && el.closest("[role=tablist], [role=separator], [role=tree], .own-arrows")) return;
  const n = Number(e.key);
  const does = n >= 1 && n <= tabs.length ? () => show(tabs[n - 1]) : keys[e.key];
  if (!does) return;
  e.preventDefault();
  does();
}

export const start = () => document.addEventListener("keydown", onKey);
