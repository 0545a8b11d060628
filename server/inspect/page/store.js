// What the page knows and shows, as signals. Modules read them; a panel that reads a signal
// is drawn again when it changes.
import { signal, computed, effect, batch } from "./ui.js";
import { Recording } from "./record.js";
import { compile } from "./filter.js";

// addressed is the event that the address names, 0 for none.
const addressed = () => Number(/#e=(\d+)/.exec(location.hash)?.[1] || 0);

export const live = signal(new Recording("live")); // the events of the server
export const loaded = signal(null); // a recording from a file, shown in place of the live one
export const shown = computed(() => loaded.value || live.value);
export const version = signal(0); // counts changes of the shown recording's events
export const until = signal(Infinity); // with a loaded recording: only events up to this id are shown

export const paused = signal(false); // the view stands still; events are kept meanwhile
export const waiting = signal(0); // how many came meanwhile
export const follow = signal(!addressed()); // the newest row stays in sight

export const selected = signal(addressed()); // id of the chosen event, 0 for none
export const connection = signal({ state: "connecting", readOnly: false, version: "" });
export const waiter = signal(""); // the test that waits for a person to look, "" for none
export const losses = signal({ dropped: 0, leftOut: 0 });

export const filterText = signal("");
export const filter = computed(() => compile(filterText.value)); // {match, error}

export const tab = signal("clients"); // of the dock
export const dockOpen = signal(true);
export const helpOpen = signal(false);
export const key = signal(""); // the key in question in "who hears"
export const who = signal(0); // the client in question in clients and console

export const notice = signal(null); // {text, bad}

let timer;
// say shows a short message for some seconds.
export function say(text, bad = false) {
  clearTimeout(timer);
  notice.value = { text, bad };
  timer = setTimeout(() => (notice.value = null), bad ? 9000 : 4000);
}

// kept is a signal whose value survives a reload.
export function kept(name, fallback) {
  let start = fallback;
  try {
    start = JSON.parse(localStorage.getItem("tattle." + name)) ?? fallback;
  } catch {} // storage may be forbidden
  const s = signal(start);
  effect(() => {
    try {
      localStorage.setItem("tattle." + name, JSON.stringify(s.value));
    } catch {}
  });
  return s;
}

export const theme = kept("theme", "auto"); // auto, light, dark
export const fold = kept("fold", "same"); // off, same, alike
export const details = kept("details", true); // what tracking did stands in the diagram

// select chooses an event: in the diagram, the list, the detail and the address.
export function select(id, { jump = false } = {}) {
  batch(() => {
    selected.value = id;
    if (jump) follow.value = false;
  });
}

// show opens a tab of the dock.
export function show(name) {
  batch(() => {
    tab.value = name;
    dockOpen.value = true;
  });
}

// load shows a recording in place of the live one; null goes back.
export function load(recording) {
  batch(() => {
    loaded.value = recording;
    until.value = Infinity;
    selected.value = 0;
    follow.value = !recording;
    version.value++;
  });
}

// link is the permanent address of an event.
export const link = (id) => location.href.replace(/#.*/, "") + "#e=" + id;

// The address and the selection say the same.
effect(() => {
  const hash = selected.value ? "#e=" + selected.value : "";
  if (location.hash !== hash) history.replaceState(null, "", hash || location.pathname + location.search);
});

export function readAddress() {
  const id = addressed();
  if (id && id !== selected.value) select(id, { jump: true });
}

effect(() => (document.documentElement.dataset.theme = theme.value));
