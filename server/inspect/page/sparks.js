// Counters over time, as small lines: what happened in each of the last seconds.
import { html, useEffect, signal } from "./ui.js";
import { live, loaded } from "./store.js";
import { stats } from "./stats.js";

const seconds = 60;
const kinds = {
  commands: (e) => e.kind === "began",
  pushes: (e) => e.kind === "pushed",
  "not sent": (e) => e.suppressed,
};

const series = signal([]); // one {commands, pushes, ...} a second, the newest last

let last = 0, of = null;
// count adds up what has come since the last second.
function count() {
  const recording = live.value;
  if (of !== recording) (of = recording), (last = recording.last);
  const second = Object.fromEntries(Object.keys(kinds).map((k) => [k, 0]));
  for (let i = recording.index(last + 1); i < recording.events.length; i++) {
    for (const name in kinds) if (kinds[name](recording.events[i])) second[name]++;
  }
  last = recording.last;
  second.keys = stats.value.tracking?.keys ?? 0;
  series.value = [...series.value, second].slice(-seconds);
}

export function Sparks() {
  useEffect(() => {
    const timer = setInterval(count, 1000);
    return () => clearInterval(timer);
  }, []);
  if (loaded.value) return null;
  return html`<div class="sparks" data-testid="sparks">
    ${Object.keys(kinds).map((name) => html`<${Spark} key=${name} name=${name} a="/s"/>`)}<${Spark} name="keys" a=""/></div>`;
}

function Spark({ name, a }) {
  const list = series.value.map((s) => s[name] || 0);
  const top = Math.max(1, ...list), now = list[list.length - 1] || 0;
  const points = list.map((v, i) => `${i + seconds - list.length},${17 - (16 * v) / top}`).join(" ");
  return html`<span class="spark" data-testid=${"spark-" + name.replace(" ", "-")} title=${a ? `${name} a second, at most ${top} in the last minute; what is left out does not count` : `keys in the tracking table, at most ${top} in the last minute`}>
    <svg width=${seconds} height="18" aria-hidden="true"><polyline points=${points}/></svg><span><b>${now}</b>${a} ${name}</span></span>`;
}
