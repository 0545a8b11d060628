// Two recordings side by side, aligned by command: what happened in one and not in the other.
import { html, cls, signal, useMemo, useRef, useState } from "./ui.js";
import { live, loaded, load, version, shown } from "./store.js";
import { words, reply, plain } from "./bytes.js";
import { keyList } from "./rows.js";
import { Recording } from "./record.js";
import { open } from "./files.js";

const sides = signal([null, null]); // the two recordings
const most = 4000; // steps of each that are compared

export function Compare() {
  const [only, setOnly] = useState(false);
  const [a, b] = sides.value;
  const list = useMemo(() => (a && b ? align(steps(a), steps(b)) : []), [a, b]);
  const differing = list.filter((p) => !p.same).length;
  return html`<div class="compare" data-testid="compare">
    <div class="line"><${Side} i=${0} name="A"/><${Side} i=${1} name="B"/>
      ${a && b && html`<label><input type="checkbox" checked=${only} data-testid="compare-only" onChange=${(e) => setOnly(e.target.checked)}/> only what differs</label>
        <output data-testid="compare-result">${differing ? `${differing} of ${list.length} steps differ` : `all ${list.length} steps are the same`}</output>`}
    </div>
    ${a && b ? html`<table><thead><tr><th>${a.name}</th><th>${b.name}</th></tr></thead><tbody>
      ${list.filter((p) => !only || !p.same).slice(0, 600).map((p, i) => html`<tr key=${i} class=${p.same ? "same" : "differs"} data-testid="compare-row">
        <${Cell} step=${p.a} other=${p.b}/><${Cell} step=${p.b} other=${p.a}/></tr>`)}</tbody></table>`
      : html`<p class="hint">Choose two recordings: files of JSON lines that were saved here or by <code>TATTLE RECORD DUMP FORMAT jsonl</code>, or what the page shows now.</p>`}
  </div>`;
}

function Side({ i, name }) {
  const input = useRef(null);
  const set = (r) => (sides.value = sides.value.map((old, j) => (j === i ? r : old)));
  const now = () => {
    const copy = new Recording(shown.value === live.value ? `live at ${new Date().toLocaleTimeString()}` : shown.value.name);
    copy.add(shown.value.events);
    set(copy);
  };
  const pick = async () => {
    const [r] = await open(input.current.files);
    if (r) set(r);
    input.current.value = "";
  };
  return html`<span class="side"><b>${name}</b> ${sides.value[i]?.name || "none"}
    <button data-testid=${"compare-file-" + name} onClick=${() => input.current.click()}>File…</button>
    <button data-testid=${"compare-now-" + name} onClick=${now}>What is shown now</button>
    <input type="file" hidden ref=${input} aria-label=${"Recording " + name} data-testid=${"compare-input-" + name} onChange=${pick}/></span>`;
}

function Cell({ step, other }) {
  if (!step) return html`<td class="none">—</td>`;
  const differs = (text) => other && !other.effects.includes(text);
  return html`<td><div><b>${step.who}</b> ${step.text}</div>${step.effects.map((t, i) => html`<div key=${i} class=${cls("effect", differs(t) && "diff")}>${t}</div>`)}</td>`;
}

const rootKinds = new Set(["began", "fault", "removed", "closed"]);

// steps are the commands of a recording, and what happened by itself, each with what it led to. Clients
// go by their names, or by the order in which they came, since ids differ from run to run.
function steps(recording) {
  const names = new Map([[0, "server"]]);
  for (const c of recording.clients.values()) names.set(c.id, c.name || "connection " + names.size);
  const name = (id) => names.get(id || 0) || "client " + id;
  const list = [];
  for (const e of recording.events) {
    if (e.by || !rootKinds.has(e.kind)) continue;
    const text = e.kind === "began" ? words(e.words) : e.kind === "removed" ? `${keyList(e)} ${e.cause}` : `${e.kind}: ${plain(e.text)}`;
    const who = name(e.client);
    list.push({ who, text, key: who + "\n" + text.toLowerCase(), effects: effects(recording, e, name) });
    if (list.length === most) break;
  }
  return list;
}

function effects(recording, root, name) {
  const list = [];
  for (const e of recording.caused(root.id)) {
    if (e.kind === "ended" && e.bytes) list.push("→ " + (/^hello$/.test(e.command) ? "(greeting)" : reply(e.bytes)));
    else if (e.kind === "message") list.push(`invalidate ${keyList(e)} ${name(e.client)}${e.receiver && e.receiver !== e.client ? " by " + name(e.receiver) : ""}: ${e.outcome}`);
  }
  return list;
}

// align pairs two lists of steps by a longest common subsequence of their keys, after Myers.
function align(a, b) {
  const pairs = [];
  let i = 0, j = 0;
  for (const [x, y] of [...common(a, b), [a.length, b.length]]) {
    while (i < x || j < y) pairs.push({ a: i < x ? a[i++] : null, b: null }, { a: null, b: j < y ? b[j++] : null });
    if (x < a.length && y < b.length) pairs.push({ a: a[i++], b: b[j++] });
  }
  const list = pairs.filter((p) => p.a || p.b);
  for (const p of list) p.same = !!p.a && !!p.b && p.a.effects.join("\n") === p.b.effects.join("\n");
  return list;
}

const furthest = 800; // edits, before the rest is taken as different

function common(a, b) {
  const trace = [];
  const v = new Map([[1, 0]]);
  let last = null;
  for (let d = 0; d <= Math.min(a.length + b.length, furthest) && !last; d++) {
    trace.push(new Map(v));
    for (let k = -d; k <= d; k += 2) {
      let x = k === -d || (k !== d && (v.get(k - 1) ?? -1) < (v.get(k + 1) ?? -1)) ? v.get(k + 1) : v.get(k - 1) + 1;
      while (x < a.length && x - k < b.length && a[x].key === b[x - k].key) x++;
      v.set(k, x);
      if (x >= a.length && x - k >= b.length) {
        last = d;
        break;
      }
    }
    if (last === d) break;
  }
  return last == null ? [] : back(trace, a.length, b.length);
}

function back(trace, x, y) {
  const pairs = [];
  for (let d = trace.length - 1; d >= 0; d--) {
    const v = trace[d], k = x - y;
    const from = k === -d || (k !== d && (v.get(k - 1) ?? -1) < (v.get(k + 1) ?? -1)) ? k + 1 : k - 1;
    const px = v.get(from), py = px - from;
    while (x > Math.max(px, 0) && y > Math.max(py, 0)) pairs.push([--x, --y]);
    if (d > 0) (x = px), (y = py);
  }
  return pairs.reverse();
}
