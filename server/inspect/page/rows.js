// Rows of the diagram, made of events as they come: a command with its reply is one row if
// nothing happened between them, a message and its bytes are one, and what tracking did
// stands beside the command that made it. Runs of the same row fold into one entry.
import { plain, quote, reply, words } from "./bytes.js";

// The type of a row is command, reply, push, unsent, waits, table, fault or connection.

// unfolded is how many rows of a run can be looked at one by one.
const unfolded = 500;

let made = 0;

export class Rows {
  // foldBy is off, same (the same words and reply) or alike (the same command of one client).
  constructor(recording, { match = () => true, foldBy = "same", details = true, until = Infinity } = {}) {
    Object.assign(this, { recording, match, foldBy, details, until, number: ++made });
    this.entries = []; // what is shown: {rows, times, last, band, index}, rows that are folded into one
    this.base = 0; // how many entries have been let go of before entries[0]
    this.rowOf = new Map(); // id of an event -> its row
    this.columns = new Set(); // ids of the clients that have a column
    this.opened = new Set(); // ids of first rows whose run is unfolded
    this.row = null; // the last one; the next event may join it
    this.next = 0; // id up to which events were taken
  }

  // update takes the events that are new in the recording, and lets go of those that left it.
  update() {
    const { events } = this.recording;
    this.let(this.recording.first);
    if (this.row) this.retract();
    for (let i = this.recording.index(this.next + 1); i < events.length && events[i].id <= this.until; i++) {
      this.take(events[i]);
      this.next = events[i].id;
    }
    if (this.row) this.derive(this.row);
    return this;
  }

  let(first) {
    for (const id of this.rowOf.keys()) {
      if (id >= first) break;
      this.rowOf.delete(id);
    }
    let n = 0;
    while (n < this.entries.length - 1 && this.entries[n].last.id < first) n++;
    if (!n) return;
    this.entries.splice(0, n);
    this.base += n;
    this.columns = new Set(this.entries.map((entry) => entry.rows[0]).filter(hasColumn).map((row) => row.client));
  }

  take(e) {
    if (e.kind === "cycle ended") return;
    if (!this.row || !join(this.row, e)) {
      if (this.row) this.derive(this.row);
      this.row = begin(e);
      if (!this.row) return;
    }
    this.rowOf.set(e.id, this.row);
  }

  // derive shows a row: in an entry of its own, or folded into the one before.
  derive(row) {
    row.entry = null;
    if (!row.events.some(this.match) || (!this.details && row.type === "table")) return;
    if (hasColumn(row)) this.columns.add(row.client);
    const last = this.entries[this.entries.length - 1];
    if (last && this.folds(last, row)) {
      if (last.rows.length < unfolded) last.rows.push(row);
      last.times++;
      row.before = last.last; // for retract
      row.before.before = null;
      last.last = row;
      row.entry = last;
      return;
    }
    const band = !last ? 0 : last.last.cycle === row.cycle ? last.band : 1 - last.band; // cycles alternate
    row.entry = { rows: [row], times: 1, last: row, band, index: this.base + this.entries.length };
    this.entries.push(row.entry);
  }

  // retract takes the last row back, since more events may join it.
  retract() {
    const { entry } = this.row;
    if (!entry) return;
    if (entry.rows[entry.rows.length - 1] === this.row) entry.rows.pop();
    entry.last = this.row.before;
    if (--entry.times === 0) this.entries.pop();
  }

  folds(entry, row) {
    const head = entry.rows[0];
    if (this.foldBy === "off" || this.opened.has(head.id) || head.client !== row.client || head.type !== row.type) return false;
    if (this.foldBy === "alike") return row.command === head.command && shape(row) === shape(head) && row.type !== "fault";
    return text(row) === text(head);
  }

  // entryAt is the entry of an event, if it is shown.
  entryAt(id) {
    return this.rowOf.get(id)?.entry || null;
  }

  position(entry) {
    return entry.index - this.base;
  }

  // order lists the clients that have a column, by id.
  order() {
    return [...this.columns].sort((a, b) => a - b);
  }
}

const hasColumn = (row) => row.client > 0 || row.type === "command"; // which direct access has, too

const text = (row) => [row.text, row.answer, row.reason, ...row.notes.map((n) => n.text)].join("\n");
const shape = (row) => [...new Set(row.notes.map((n) => n.type))].join() + (row.bad ? "!" : "");

// begin makes the row that an event opens, or null if it has none.
function begin(e) {
  const row = {
    id: e.id, at: e.at, cycle: e.cycle, client: e.client || 0, type: "table", command: e.command || e.kind,
    events: [e], text: "", answer: null, reason: "", notes: [], bad: false,
  };
  switch (e.kind) {
    case "began":
      return Object.assign(row, { type: "command", text: words(e.words) });
    case "ended":
      if (!e.bytes) return Object.assign(row, { type: "reply", text: "(no reply)" });
      return Object.assign(row, { type: "reply", text: reply(e.bytes), bad: isError(e) });
    case "pushed":
      return Object.assign(row, { type: "push", text: reply(e.bytes) });
    case "message":
      return message(row, e);
    case "connected":
    case "closed":
      return Object.assign(row, { type: "connection", text: e.kind + (e.text ? ": " + e.text : "") });
    case "fault":
      return Object.assign(row, { type: "fault", text: (e.client ? "" : "all: ") + plain(e.text) });
  }
  if (usual.has(e.outcome)) return null; // its command was left out
  row.client = 0;
  row.notes.push(note(e));
  return row;
}

// usual are reasons not to remember a read that say nothing new in each row.
const usual = new Set(["not remembered: tracking is off", "not remembered: BCAST remembers nothing"]);

const isError = (e) => typeof e.bytes === "string" && /^[-!]/.test(e.bytes);

// message is the row of an invalidation: sent, waiting or not sent.
function message(row, e) {
  row.text = "invalidate " + keyList(e);
  row.reason = e.outcome === "sent" ? "" : e.outcome + (e.rule ? ` (rule ${e.rule})` : "");
  if (e.outcome === "sent") {
    row.type = "push";
    row.client = e.receiver || e.client;
    if (row.client !== e.client) row.reason = `for client ${e.client}`;
    if (e.route === "broadcast") row.reason = `BCAST ${quote(e.prefix || "")}` + (row.reason ? " " + row.reason : "");
  } else {
    row.type = e.suppressed ? "unsent" : "waits";
  }
  return row;
}

// join adds an event to the row before it, if it belongs there.
function join(row, e) {
  switch (e.kind) {
    case "began": // a command that somebody else runs as this client
      if (row.type !== "fault" || e.fault !== row.id) return false;
      Object.assign(row, { id: e.id, type: "command", command: e.command, text: words(e.words), reason: "by TATTLE AS" });
      break;
    case "ended":
      if (row.type !== "command" || e.by !== row.id) return false;
      row.answer = e.bytes ? reply(e.bytes) : "(no reply)";
      row.bad = isError(e);
      break;
    case "pushed":
      if (row.type !== "push" || e.by !== row.events[row.events.length - 1].id) return false;
      if (e.bytes[0] === "*") row.reason = (row.reason + " as a Pub/Sub message").trim();
      break;
    case "remembered": case "not remembered": case "enabled": case "disabled": case "forgotten": case "gathered": case "flushed": case "removed":
      if (row.answer != null || (row.type === "command" ? e.by !== row.id : row.type !== "table" || e.by !== row.events[0].by || e.cycle !== row.cycle)) return false;
      if (!usual.has(e.outcome)) add(row.notes, note(e));
      break;
    default:
      return false;
  }
  row.events.push(e);
  return true;
}

// add puts a note behind the others. A change that is gathered and forgets the key is one note.
function add(notes, n) {
  const last = notes[notes.length - 1];
  if (n.type === "forgets" && last?.type === "gathers" && last.text === n.text.replace("forgets", "gathers")) {
    notes[notes.length - 1] = { type: "forgets", text: n.text + " + BCAST" };
  } else {
    notes.push(n);
  }
}

// keyList names keys as a message does.
export function keyList(e) {
  if (e.all || !e.keys) return "everything";
  const shown = e.keys.slice(0, 8).map(quote).join(" ");
  return `[${shown}${e.keys.length > 8 ? ` … ${e.keys.length} keys` : ""}]`;
}

// note says what tracking did with the keys of a command.
function note(e) {
  const keys = (e.keys || []).slice(0, 4).map(quote).join(" ") + ((e.keys || []).length > 4 ? ` … ${e.keys.length} keys` : "");
  const why = e.cause && e.cause !== "write" ? ` (${e.cause})` : "";
  switch (e.kind) {
    case "remembered": return { type: "holds", text: `holds ${keys}` };
    case "not remembered": return { type: "ignores", text: `${e.outcome}${e.rule ? ` (rule ${e.rule})` : ""}` };
    case "forgotten": return { type: "forgets", text: `forgets ${keys}${why}` };
    case "gathered": return { type: "gathers", text: `gathers ${keys}${e.prefix ? " under " + quote(e.prefix) : ""}${why}` };
    case "removed": return { type: "forgets", text: `${keys} ${e.cause}` };
    case "flushed": return { type: "forgets", text: `forgets everything${why}` };
    case "enabled": return { type: "mode", text: "tracking " + (e.words || []).map(plain).join(" ") };
    case "disabled": return { type: "mode", text: "tracking OFF" };
  }
  return { type: "other", text: plain(e.line) };
}
