// What TATTLE STATS says, asked for once a second while the page is seen: the loop, the clock, the counters.
import { signal, effect } from "./ui.js";
import { connection, loaded } from "./store.js";
import { tattle, fields } from "./calls.js";

export const stats = signal({}); // {tracking, table, journal, loop: {paused, waiting}, clock: {stopped, now}}

let timer;

// refresh asks now. A server without TATTLE has no stats.
export async function refresh() {
  clearTimeout(timer);
  if (!document.hidden && connection.value.state === "live" && !loaded.value) {
    try {
      const s = fields(await tattle("STATS"));
      for (const name of ["tracking", "table", "journal", "loop", "clock"]) s[name] = fields(s[name]);
      s.loop.waiting ||= [];
      stats.value = s;
    } catch {
      stats.value = {};
    }
  }
  timer = setTimeout(refresh, 1000);
}

effect(() => {
  if (connection.value.state === "live") refresh();
});
