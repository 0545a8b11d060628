// What the whole page asks for once a second while it is seen: TATTLE STATS for the loop, the clock and
// the counters, and TATTLE CLIENTS.
import { signal, effect, batch } from "./ui.js";
import { connection, loaded } from "./store.js";
import { tattle, fields } from "./calls.js";

export const stats = signal({}); // {tracking, table, journal, loop: {paused, waiting}, clock: {stopped, now}}
export const known = signal([]); // the clients
export const problem = signal(""); // why there is no answer

let timer, turn = 0;

// refresh asks now.
export async function refresh() {
  clearTimeout(timer);
  const mine = ++turn;
  if (!document.hidden && connection.value.state === "live" && !loaded.value) await ask(() => mine === turn);
  if (mine === turn) timer = setTimeout(refresh, 1000);
}

const telling = new Set(["connected", "closed", "enabled", "disabled", "fault"]);

let soon = 0;

// notice asks soon if something has happened to a client.
export function notice(events) {
  if (soon || !events.some((e) => telling.has(e.kind))) return;
  soon = setTimeout(() => {
    soon = 0;
    refresh();
  }, 150);
}

async function ask(current) {
  try {
    const [s, clients] = await Promise.all([tattle("STATS"), tattle("CLIENTS")]);
    if (!current()) return;
    batch(() => {
      stats.value = read(s);
      known.value = clients.map(fields);
      problem.value = "";
    });
  } catch (err) {
    stats.value = {};
    problem.value = err.message;
  }
}

function read(reply) {
  const s = fields(reply);
  for (const name of ["tracking", "table", "journal", "loop", "clock"]) s[name] = fields(s[name]);
  s.loop.waiting ||= [];
  return s;
}

// gone reports whether a redirect target is none: a fault points to one that cannot be.
export const gone = (target) => target > Number.MAX_SAFE_INTEGER;

// mode is how a client tracks, in a word or two.
export function mode(c) {
  const flags = c.flags || [];
  if (flags[0] !== "on") return "";
  return flags.slice(1).filter((f) => !/^caching|^broken/.test(f)).map((f) => f.toUpperCase()).concat(c.redirect > 0 ? [`REDIRECT ${gone(c.redirect) ? "(gone)" : c.redirect}`] : []).join(" ") || "default";
}

effect(() => {
  if (connection.value.state === "live") refresh();
});
