// The stream of events from the server. It comes back by itself, and notices that another
// server has taken the place of the one before.
import { batch } from "./ui.js";
import { Recording } from "./record.js";
import { notice } from "./stats.js";
import { tattle, fields } from "./calls.js";
import { live, loaded, version, paused, waiting, connection, losses, waiter, say } from "./store.js";

let source, retry, delay = 250;
let lost = { dropped: 0, leftOut: 0 }; // in earlier connections; the server counts from the start of each
let queue = []; // events that are not in the recording yet

// open connects, from the last event that the page has.
export function open() {
  clearTimeout(retry);
  source?.close();
  lost = losses.value;
  source = new EventSource("events?since=" + lastKnown());
  source.addEventListener("hello", (m) => greet(JSON.parse(m.data)));
  source.addEventListener("waits", (m) => (waiter.value = JSON.parse(m.data).who));
  source.onmessage = (m) => take(JSON.parse(m.data));
  source.onerror = () => {
    source.close();
    connection.value = { ...connection.value, state: "lost" };
    retry = setTimeout(open, delay);
    delay = Math.min(delay * 2, 5000);
  };
}

const lastKnown = () => (queue.length ? queue[queue.length - 1].id : live.value.last);

let run; // of the server

// greet is the first message of each connection. If it comes from another server than the one
// before, the page begins again.
function greet(hello) {
  delay = 250;
  const other = run && hello.run !== run;
  run = hello.run;
  if (other) {
    queue = [];
    live.value = new Recording("live");
    losses.value = { dropped: 0, leftOut: 0 };
    version.value++;
    say("The server has started again. The page begins anew.");
    open();
  }
  connection.value = { state: "live", readOnly: !!hello.read_only, version: hello.version || "" };
}

function take({ events = [], dropped = 0, left_out = 0 }) {
  for (const e of events) queue.push(e);
  notice(events);
  const l = { dropped: lost.dropped + dropped, leftOut: lost.leftOut + left_out };
  if (l.dropped !== losses.value.dropped || l.leftOut !== losses.value.leftOut) losses.value = l;
  if (paused.value) waiting.value = queue.length;
  else schedule();
}

// schedule puts what has come into the recording, once for each frame that is drawn at most. Where
// drawing takes long, it draws less often, so that the page stays fluent. A page in the
// background draws nothing: then a timer does it.
function schedule() {
  if (due) return;
  const wait = document.hidden ? 500 : Math.min(1000, free - performance.now());
  due = wait > 16 ? setTimeout(flush, wait) : requestAnimationFrame(flush);
}

let due = 0;
let free = 0; // when the page may draw again

function flush() {
  due = 0;
  if (paused.value || !queue.length) return;
  const start = performance.now();
  batch(() => {
    live.value.add(queue);
    queue = [];
    waiting.value = 0;
    if (!loaded.value) version.value++;
  });
  requestAnimationFrame(() => setTimeout(() => {
    const end = performance.now();
    free = end + (end - start);
  }));
}

// fetchFrom asks the server for events that the page does not have: those from one on.
export async function fetchFrom(id, count) {
  const reply = fields(await tattle("EVENTS", "SINCE", Math.max(0, id - 1), "COUNT", count));
  const list = reply.events.map(fields);
  batch(() => {
    live.value = live.value.with(list);
    version.value++;
  });
  return list.length;
}

// pause stops or resumes the view. The server is not touched.
export function pause(on = !paused.value) {
  paused.value = on;
  if (!on) flush();
}
