// Recordings in and out: saved and loaded as JSON lines, copied as a test, a script or a picture.
import { html, useEffect, useRef, useState } from "./ui.js";
import { shown, loaded, load, say, until, follow } from "./store.js";
import { parse } from "./record.js";

// copy puts text into the clipboard and says so. A page that did not come from this machine may not use
// the clipboard by itself: there a field that is chosen is copied.
export async function copy(text, done) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    if (!copyField(text)) return say("The browser does not let the page use the clipboard.", true);
  }
  say(done);
}

function copyField(text) {
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  return copied;
}

// save hands a file to the browser.
export function save(name, text) {
  const a = document.createElement("a");
  a.href = URL.createObjectURL(new Blob([text], { type: "application/x-ndjson" }));
  a.download = name;
  a.click();
  setTimeout(() => URL.revokeObjectURL(a.href), 10_000);
}

const formats = [
  ["gotest", "Go test"], ["rediscli", "redis-cli script"], ["transcript", "Transcript"], ["mermaid", "Mermaid"],
];

// copyAs copies what the server has recorded, in one of its formats.
async function copyAs(format, name) {
  const r = await fetch("record?format=" + format).catch(() => null);
  const text = await r?.text();
  if (!r?.ok) return say(text || "The server cannot be reached.", true);
  copy(text, `${name}: ${text.split("\n").length} lines are copied.`);
}

export const jsonl = (recording) => recording.events.map((e) => JSON.stringify(e) + "\n").join("");

// open reads recordings from files. It says what is wrong with one that cannot be read.
export async function open(files) {
  const list = [];
  for (const file of files) {
    try {
      list.push(parse(file.name, await file.text()));
    } catch (err) {
      say(err.message, true);
    }
  }
  return list;
}

export function Files() {
  const input = useRef(null);
  const menu = useRef(null);
  const pick = async () => {
    const [recording] = await open(input.current.files);
    input.current.value = "";
    if (recording) load(recording);
  };
  const done = (fn) => () => (menu.current.removeAttribute("open"), fn());
  return html`<details class="menu" ref=${menu} data-testid="export"
    onFocusOut=${(e) => e.relatedTarget && !menu.current.contains(e.relatedTarget) && menu.current.removeAttribute("open")}>
    <summary>Record</summary>
    <div class="items">
      <button data-testid="load" onClick=${done(() => input.current.click())}>Load a recording…</button>
      <button data-testid="save" onClick=${done(() => save(name(), jsonl(shown.value)))}>Save what the page has (JSONL)</button>
      <a class="button" data-testid="download" href="record?format=jsonl" download="tattle.jsonl">Download what the server has</a>
      <hr/>
      ${formats.map(([format, text]) => html`<button key=${format} data-testid=${"copy-" + format} disabled=${!!loaded.value}
        onClick=${done(() => copyAs(format, text))}>Copy as ${text}</button>`)}
      <hr/>
      <a class="button" data-testid="download-perfetto" href="record?format=perfetto" download="tattle.perfetto.json">Download for Perfetto</a>
      <a class="button" data-testid="download-shiviz" href="record?format=shiviz" download="tattle.shiviz.txt">Download for ShiViz</a>
    </div>
    <input type="file" ref=${input} hidden accept=".jsonl,.ndjson,.json,.txt" aria-label="Recording to load" data-testid="load-file" onChange=${pick}/>
  </details>`;
}

const name = () => `tattle-${new Date().toISOString().slice(0, 19).replace(/:/g, "")}.jsonl`;

// Replay is the bar over a loaded recording: a slider through time, a button that plays it cycle by cycle, and the way back.
export function Replay() {
  const recording = loaded.value;
  const [plays, setPlays] = useState(false);
  const events = recording?.events || [];
  const at = !recording || until.value === Infinity ? events.length : recording.index(until.value + 1);
  const go = (n) => (until.value = n >= events.length ? Infinity : n > 0 ? events[n - 1].id : 0);
  useEffect(() => {
    if (!plays || !recording) return;
    const timer = setTimeout(() => {
      if (at >= events.length) return setPlays(false);
      let n = at + 1;
      while (n < events.length && events[n].cycle === events[n - 1].cycle) n++;
      go(n);
    }, 200);
    return () => clearTimeout(timer);
  }, [plays, at, recording]);
  if (!recording) return null;
  const play = () => {
    if (!plays && at >= events.length) go(0);
    setPlays(!plays);
    follow.value = true;
  };
  return html`<div class="replay" data-testid="replay">
    <b>${recording.name}</b>
    <button aria-pressed=${plays} data-testid="replay-play" title="Play it, cycle by cycle" onClick=${play}>${plays ? "Stop" : "Play"}</button>
    <button aria-label="One event back" onClick=${() => go(at - 1)}>◂</button>
    <input type="range" min="0" max=${events.length} value=${at} aria-label="Replay up to event" data-testid="replay-slider"
      onInput=${(e) => go(Number(e.target.value))}/>
    <button aria-label="One event on" onClick=${() => go(at + 1)}>▸</button>
    <output>${at} of ${events.length}</output>
    <button data-testid="replay-close" onClick=${() => load(null)}>Back to the live server</button>
  </div>`;
}
