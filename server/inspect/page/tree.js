// The tracking table as the radix tree that it is: nodes with what their keys share, holders at the
// leaves. A node is asked for when it is unfolded. What a read adds and a write takes away flashes.
import { html, cls, useEffect, useRef, useState } from "./ui.js";
import { version, live, key, show, connection } from "./store.js";
import { tattle, attempt, fields } from "./calls.js";
import { plain, quote, toBytes, toServer, unquote } from "./bytes.js";
import { Problem } from "./poll.js";
import { Prefixes } from "./prefixes.js";

const atOnce = 60; // rows that unfold by themselves
const fewKeys = 200; // whose holders are asked for at once
const shining = 1200; // ms

export function Table() {
  return html`<div class="split" data-testid="table"><div class="wide"><${Tree}/></div><div class="side"><${Prefixes}/></div></div>`;
}

// id names a path, whatever bytes it has.
const id = (path) => Array.from(toBytes(path), (b) => String.fromCharCode(b)).join("");

class Model {
  nodes = new Map(); // id of a path -> node, as TATTLE TREE has it, with children that know their path
  open = new Set([""]); // ids of unfolded nodes
  holders = new Map(); // id of a key -> {holders, gone}
  fresh = null; // the same, while it is asked for again
  flash = new Map(); // id of a key -> {kind, until}
  error = "";

  async load(path) {
    const n = fields(await tattle("TREE", ...(path === "" ? [] : ["PATH", path])));
    n.children = (n.children || []).map(fields);
    const here = toBytes(n.path);
    for (const c of n.children) {
      const piece = toBytes(c.piece);
      const bytes = new Uint8Array(here.length + 1 + piece.length);
      bytes.set(here);
      bytes[here.length] = c.byte;
      bytes.set(piece, here.length + 1);
      c.label = bytes.slice(here.length);
      c.path = toServer(bytes);
    }
    this.nodes.set(id(path), n);
    if (n.children.some((c) => !c.kind) || n.holders) await this.ask(n);
    return n;
  }

  // ask finds out who holds the keys right below a node.
  async ask(n) {
    if (n.keys > fewKeys) return;
    const page = fields(await tattle("TABLE", "PREFIX", n.path, "COUNT", String(fewKeys)));
    for (const k of page.keys.map(fields)) (this.fresh || this.holders).set(id(k.key), k);
  }

  // refresh asks again for what is unfolded, and unfolds what fits if nobody has folded anything yet. Of two
  // that overlap the later one counts.
  async refresh(root, auto) {
    const fresh = (this.fresh = new Map());
    let error = "";
    try {
      await this.visit(root, auto ? { left: atOnce } : { left: 0 });
    } catch (err) {
      error = err.message;
    }
    if (this.fresh !== fresh) return;
    if (!error) this.holders = fresh;
    this.error = error;
    this.fresh = null;
  }

  async visit(path, room) {
    const n = await this.load(path);
    room.left -= n.children.length;
    for (const c of n.children) {
      if (!c.kind) continue;
      if (room.left > 0 && !this.open.has(id(c.path))) this.open.add(id(c.path));
      if (this.open.has(id(c.path))) await this.visit(c.path, room);
    }
  }

  // rows lists what is unfolded, top down.
  rows(root) {
    const list = [];
    const walk = (path, depth) => {
      const n = this.nodes.get(id(path));
      if (!n) return;
      if (n.holders && n.kind) list.push({ leaf: true, path: n.path, depth, label: "(ends here)", holders: n.holders.length });
      for (const c of n.children) {
        list.push({ ...c, leaf: !c.kind, depth, label: plain(toServer(c.label)) });
        if (c.kind && this.open.has(id(c.path))) walk(c.path, depth + 1);
      }
    };
    const top = this.nodes.get(id(root));
    if (top?.keys) {
      list.push({ path: top.path, kind: top.kind, keys: top.keys, leaf: !top.kind, depth: 0, label: plain(top.path) || "(root)", top: true, holders: top.holders?.length });
      if (top.kind && this.open.has(id(root))) walk(root, 1);
    }
    return list;
  }
}

function Tree() {
  const [root, setRoot] = useState("");
  const [at, setAt] = useState(0);
  const [, draw] = useState(0);
  const model = useRef(null);
  const byHand = useRef(false);
  model.current ||= new Model();
  const m = model.current;

  const path = unquote(root)[0] ?? "";
  useChanges(m, path, byHand, () => draw((n) => n + 1));
  const rows = m.rows(path).slice(0, 1000);

  const toggle = async (row, on = !m.open.has(id(row.path))) => {
    byHand.current = true;
    const name = row.top ? id(path) : id(row.path);
    if (on) m.open.add(name), await m.load(row.top ? path : row.path).catch((err) => (m.error = err.message));
    else m.open.delete(name);
    draw((n) => n + 1);
  };
  const onKeyDown = (e) => {
    const row = rows[at];
    const n = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (n) setAt(Math.max(0, Math.min(rows.length - 1, at + n)));
    else if (row && (e.key === "ArrowRight" || e.key === "ArrowLeft") && !row.leaf) toggle(row, e.key === "ArrowRight");
    else if (row && e.key === "Enter") row.leaf ? ask(row) : toggle(row);
    else return;
    e.preventDefault();
  };
  const ask = (row) => ((key.value = quote(row.path)), show("hears"));

  return html`<div class="tree-panel">
    <div class="line"><label>Keys that begin with <input type="text" value=${root} spellcheck=${false} placeholder="everything" data-testid="tree-path" onInput=${(e) => setRoot(e.target.value)}/></label>
      ${rows[0] && html`<span class="muted" data-testid="tree-count">${rows[0].keys || 1} keys</span>`}</div>
    <${Problem} error=${m.error}/>
    ${rows.length === 0 && !m.error && html`<p class="hint" data-testid="tree-empty">The tracking table has no key ${path !== "" && "that begins so"}. A key enters it when a client with tracking on reads it.</p>`}
    <div class="tree" role="tree" tabindex="0" aria-label="Tracking table" aria-activedescendant=${rows[at] ? "node-" + at : undefined} onKeyDown=${onKeyDown} data-testid="tree">
      ${rows.map((row, i) => html`<${Node} key=${id(row.path) + (row.leaf ? "." : "/")} row=${row} i=${i} m=${m} at=${i === at} path=${path} open=${m.open.has(row.top ? id(path) : id(row.path))}
        onPick=${() => (setAt(i), row.leaf ? null : toggle(row))} onAsk=${() => ask(row)}/>`)}
    </div></div>`;
}

function Node({ row, i, m, at, open, onPick, onAsk }) {
  const flash = m.flash.get(id(row.path));
  const shines = row.leaf && flash && flash.until > performance.now();
  return html`<div role="treeitem" id=${"node-" + i} aria-level=${row.depth + 1} aria-expanded=${row.leaf ? undefined : open} aria-selected=${at}
    class=${cls("node", row.leaf && "leaf", at && "at", shines && "flash " + flash.kind)} style=${{ paddingLeft: 8 + row.depth * 16 + "px" }}
    data-testid=${row.leaf ? "tree-leaf" : "tree-node"} data-path=${plain(row.path)} onClick=${onPick}>
    <span class="twist">${row.leaf ? "" : open ? "▾" : "▸"}</span><code>${row.label}</code>
    ${row.leaf ? html`<${Holders} k=${row} known=${m.holders.get(id(row.path))}/> <button tabindex="-1" class="quiet" onClick=${(e) => (e.stopPropagation(), onAsk())}>who hears?</button>
        <button tabindex="-1" class="quiet" disabled=${connection.value.readOnly} data-testid="evict" title="Take it out of the table, as the table's limit does" onClick=${(e) => (e.stopPropagation(), attempt("EVICT", row.path))}>evict</button>`
      : html`<span class="muted">node${row.kind} · ${row.keys} ${row.keys === 1 ? "key" : "keys"}</span>`}
  </div>`;
}

// Holders are the clients that hold a key; those that are gone are struck through.
function Holders({ k, known }) {
  if (!known) return html`<span class="muted">${k.holders} ${k.holders === 1 ? "holder" : "holders"}</span>`;
  return html`<span class="holders">${known.holders.map((h) => {
    const gone = known.gone.includes(h), name = live.value.clients.get(h)?.name;
    return html`<span key=${h} class=${cls("holder", gone && "gone")} title=${gone ? "gone: its id stays until the key changes" : ""}>${h}${name ? " " + name : ""}</span>`;
  })}</span>`;
}

// useChanges looks at what has come: keys that were read or forgotten flash, and what is
// unfolded is asked for again, not more often than twice a second.
function useChanges(m, path, byHand, draw) {
  const seen = useRef(live.value.last);
  const timer = useRef(0);
  const of = useRef(live.value);
  const again = () => {
    if (timer.current) return;
    timer.current = setTimeout(async () => {
      await m.refresh(path, !byHand.current);
      timer.current = 0;
      draw();
    }, 500);
  };
  useEffect(() => {
    m.refresh(path, !byHand.current).then(draw);
    const poll = setInterval(again, 3000);
    return () => (clearInterval(poll), clearTimeout(timer.current), (timer.current = 0));
  }, [path, connection.value.state]);
  version.value;
  useEffect(() => {
    const recording = live.value;
    if (of.current !== recording) (of.current = recording), (seen.current = 0);
    let changed = 0;
    const until = performance.now() + shining;
    const from = Math.max(recording.index(seen.current + 1), recording.events.length - 5000);
    for (let i = from; i < recording.events.length; i++) {
      const e = recording.events[i];
      const kind = { remembered: "added", forgotten: "taken", flushed: "taken" }[e.kind];
      if (!kind) continue;
      changed++;
      if (changed < 500) for (const k of e.keys || []) m.flash.set(id(k), { kind, until });
    }
    seen.current = recording.last;
    if (!changed) return;
    if (m.flash.size > 5000) m.flash.clear();
    draw();
    again();
    setTimeout(draw, shining + 50);
  }, [version.value]);
}
