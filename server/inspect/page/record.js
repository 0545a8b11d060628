// Recording is a list of events with what one asks of them: which is number 12, what did it
// cause, who are the clients. The live journal, a loaded file and both sides of a comparison
// are recordings.
import { plain } from "./bytes.js";

// keep is how many events the page holds of a running server. It says when it lets go of older ones.
const keep = 100_000;
const keepBytes = 64 << 20; // of their words and bytes, about

const fewPushes = 50; // that are kept for each client, for its console

export class Recording {
  constructor(name) {
    this.name = name;
    this.events = []; // by rising id
    this.effects = new Map(); // id -> ids of the events that it caused
    this.clients = new Map(); // id -> Client, in the order in which they were first seen
    this.size = 0; // in bytes, about
    this.held = new Map(); // id -> message that a fault holds
    this.forgotten = 0; // events that the page has let go of
  }

  // add takes events in, older ones that it has already are skipped.
  add(list) {
    const last = this.last;
    for (const e of list) {
      if (e.id <= last) continue;
      this.events.push(e);
      this.size += weight(e);
      for (const cause of [e.by, e.fault]) if (cause) this.link(cause, e.id);
      this.meet(e);
    }
    if (this.events.length > keep * 1.1) this.trim(this.events.length - keep);
    while (this.size > keepBytes && this.events.length > 1) this.trim(Math.ceil(this.events.length / 10));
  }

  // with returns a recording that has some older events, too, which were left out before.
  with(list) {
    const all = new Map(this.events.map((e) => [e.id, e]));
    for (const e of list) if (!all.has(e.id)) all.set(e.id, e);
    const next = new Recording(this.name);
    next.add([...all.values()].sort((a, b) => a.id - b.id));
    next.forgotten += this.forgotten;
    return next;
  }

  link(cause, effect) {
    const known = this.effects.get(cause);
    if (known) known.push(effect);
    else this.effects.set(cause, [effect]);
  }

  trim(n) {
    for (const e of this.events.splice(0, n)) {
      this.effects.delete(e.id);
      this.size -= weight(e);
    }
    this.forgotten += n;
    for (const c of this.clients.values()) if (c.gone && c.last < this.first) this.clients.delete(c.id);
  }

  get first() {
    return this.events.length ? this.events[0].id : 0;
  }

  get last() {
    return this.events.length ? this.events[this.events.length - 1].id : 0;
  }

  // index is the place of the first event whose id is at least id.
  index(id) {
    let low = 0, high = this.events.length;
    while (low < high) {
      const mid = (low + high) >> 1;
      if (this.events[mid].id < id) low = mid + 1;
      else high = mid;
    }
    return low;
  }

  find(id) {
    const e = this.events[this.index(id)];
    return e && e.id === id ? e : undefined;
  }

  // causes are the events that led to one, the nearest first: its fault, and what caused it.
  causes(id) {
    const list = [], seen = new Set([id]);
    for (let queue = [this.find(id)]; queue.length; ) {
      const e = queue.shift();
      for (const cause of [e?.by, e?.fault]) {
        const found = cause && !seen.has(cause) && this.find(cause);
        if (found) seen.add(cause), list.push(found), queue.push(found);
      }
    }
    return list;
  }

  // caused are the events that one led to, in order, up to a limit.
  caused(id, limit = 1000) {
    const seen = new Set([id]);
    for (let queue = [id]; queue.length && seen.size < limit; ) {
      for (const effect of this.effects.get(queue.shift()) || []) {
        if (!seen.has(effect)) seen.add(effect), queue.push(effect);
      }
    }
    seen.delete(id);
    return [...seen].sort((a, b) => a - b).map((i) => this.find(i)).filter(Boolean);
  }

  // at returns what the events up to an id tell of the clients and the tracking table.
  at(until) {
    const clients = new Map(), table = new Map();
    for (const e of this.events) {
      if (e.id > until) break;
      if (e.client) {
        const c = clients.get(e.client) || { id: e.client, name: "", mode: "", gone: false, keys: 0 };
        clients.set(e.client, c);
        if (e.name) c.name = e.name;
        if (e.kind === "enabled") c.mode = mode(e);
        if (e.kind === "disabled" || e.kind === "closed") c.mode = "";
        if (e.kind === "closed") c.gone = true;
      }
      if (e.kind === "flushed") table.clear();
      for (const k of e.keys || []) {
        if (e.kind === "forgotten") table.delete(plain(k));
        if (e.kind === "remembered") table.set(plain(k), (table.get(plain(k)) || new Set()).add(e.client));
      }
    }
    return { clients: [...clients.values()], table };
  }

  // meet notes what an event tells about its client.
  meet(e) {
    if (!e.client) return;
    if (e.kind === "message") {
      this.held.delete(e.by);
      if (e.outcome === "held by a fault") this.held.set(e.id, e);
    }
    let c = this.clients.get(e.client);
    if (!c) this.clients.set(e.client, (c = { id: e.client, name: "", mode: "", resp: 2, gone: false, pushes: [], last: 0 }));
    c.last = e.id;
    if (e.name) c.name = e.name;
    switch (e.kind) {
      case "enabled": c.mode = mode(e); break;
      case "disabled": c.mode = ""; break;
      case "pushed":
        if (c.pushes.push(e) > 2 * fewPushes) c.pushes.splice(0, fewPushes);
        break;
      case "closed": c.gone = true; c.mode = ""; break;
      case "began": {
        const [name, version] = (e.words || []).map(plain);
        if (/^hello$/i.test(name) && version) c.resp = Number(version) || c.resp;
      }
    }
  }
}

// mode is how a client tracks from an event on.
const mode = (e) => (e.words || []).slice(1).map(plain).join(" ") || "default";

const weight = (e) => 300 + 2 * ((e.bytes?.length || 0) + (e.line?.length || 0)) + (e.words ? 2 * e.words.join("").length : 0);

// parse reads a recording of JSON lines. It throws an Error that names the line.
export function parse(name, text) {
  const record = new Recording(name);
  const list = [];
  text.split("\n").forEach((line, i) => {
    if (!line.trim()) return;
    let e;
    try {
      e = JSON.parse(line);
    } catch (err) {
      throw new Error(`${name}, line ${i + 1}: ${err.message}`);
    }
    if (!e || !e.kind || !(e.id > 0)) throw new Error(`${name}, line ${i + 1}: this is no event: it has no id or no kind`);
    list.push(e);
  });
  list.sort((a, b) => a.id - b.id);
  for (let i = 0; i < list.length; i += 10_000) record.add(list.slice(i, i + 10_000));
  return record;
}
