// The filter: words that an event has to fulfil, all of them. `key:user:* client:7 kind:push
// not-sent -command:ping text`. A * stands for anything, - negates, a word without a field
// is looked for in the event's line.
import { plain } from "./bytes.js";

// fields say what a word with a colon asks of an event, and what to offer for its value.
const fields = {
  key: { hint: "a key, * for anything", of: (e) => [...(e.keys || []), ...keyWords(e)].map(plain) },
  client: { hint: "id or name of a connection", of: (e) => [e.client, e.name, e.receiver, e.writer, e.writer_name].filter(Boolean).map(String) },
  kind: { hint: "what happened", of: (e) => kindsOf(e), from: () => Object.keys(kinds) },
  command: { hint: "name of a command", of: (e) => (e.command ? [e.command, e.command.replace("|", " "), e.command.split("|")[0]] : []) },
  prefix: { hint: "a prefix of BCAST", of: (e) => [plain(e.prefix)] },
  cause: { hint: "why a key changed", of: (e) => [dashed(e.cause)], from: () => ["write", "expired", "evicted", "table-limit", "flush"] },
  route: { hint: "the way of a message", of: (e) => [dashed(e.route)], from: () => ["push", "redirect", "broadcast"] },
  outcome: { hint: "what became of a message", of: (e) => [dashed(e.outcome), dashed(e.outcome).replace(/^not-(sent|remembered):-/, "")] },
  writer: { hint: "who changed the key: id or name", of: (e) => [e.writer, e.writer_name].filter(Boolean).map(String) },
  receiver: { hint: "who is told: id", of: (e) => (e.receiver ? [String(e.receiver)] : []) },
  rule: { hint: "number of a rule", number: (e) => e.rule },
  cycle: { hint: "number of a cycle, or 4-9", number: (e) => e.cycle },
  id: { hint: "number of an event, or 4-9", number: (e) => e.id },
  db: { hint: "number of a database", number: (e) => e.db || 0 },
};

// flags are words without a colon that stand for a question.
const flags = {
  "not-sent": { hint: "messages that were not sent", test: (e) => !!e.suppressed },
  "sent": { hint: "messages that were sent, and their bytes", test: (e) => e.outcome === "sent" || e.kind === "pushed" },
  "not-remembered": { hint: "reads that were not remembered", test: (e) => e.kind === "not remembered" },
  "waiting": { hint: "messages that wait or were held", test: (e) => e.kind === "message" && !e.suppressed && e.outcome !== "sent" },
  "error": { hint: "replies that are errors", test: (e) => e.kind === "ended" && typeof e.bytes === "string" && /^[-!]/.test(e.bytes) },
  "fault": { hint: "faults and what they did", test: (e) => e.kind === "fault" || !!e.fault },
};

const kinds = {
  "command": ["began"], "reply": ["ended"], "push": ["pushed", "message"], "message": ["message"], "pushed": ["pushed"],
  "enabled": ["enabled"], "disabled": ["disabled"], "remembered": ["remembered"], "not-remembered": ["not remembered"],
  "forgotten": ["forgotten"], "flushed": ["flushed"], "gathered": ["gathered"], "connected": ["connected"], "closed": ["closed"],
  "began": ["began"], "ended": ["ended"], "cycle-ended": ["cycle ended"], "fault": ["fault"],
};

const named = {};
for (const [name, list] of Object.entries(kinds)) for (const kind of list) (named[kind] ||= []).push(name);
const kindsOf = (e) => named[e.kind] || [dashed(e.kind)];

const dashed = (text) => (text || "").replace(/ /g, "-");

// keyWords are the words of a command that may be its keys: a filter for a key finds the command, too.
const keyWords = (e) => (e.kind === "began" && e.words ? e.words.slice(1) : []);

const split = (text) => text.match(/[^\s"]*"[^"]*"?|\S+/g) || [];

// compile makes a function of a filter's text: {match(event), error}. A filter that makes
// no sense has an error, and lets everything through.
export function compile(text) {
  const tests = [];
  try {
    for (const word of split(text)) tests.push(test(word));
  } catch (err) {
    return { empty: true, match: () => true, error: err.message };
  }
  return { empty: !tests.length, match: (e) => tests.every((t) => t(e)), error: "" };
}

function test(word) {
  if (word.length > 1 && word[0] === "-") {
    const inner = test(word.slice(1));
    return (e) => !inner(e);
  }
  const colon = word.indexOf(":");
  const name = colon > 0 ? word.slice(0, colon).toLowerCase() : "";
  if (fields[name]) return fieldTest(name, word.slice(colon + 1).replace(/"/g, ""));
  if (flags[word.toLowerCase()]) return flags[word.toLowerCase()].test;
  if (/^[a-z]+$/.test(name) && nearest(name)) throw new Error(`There is no field ${name}. Did you mean ${nearest(name)}: ?`);
  const needle = word.replace(/"/g, "").toLowerCase();
  return (e) => lineOf(e).includes(needle);
}

const lineOf = (e) => (e.line || "").toLowerCase();

function fieldTest(name, value) {
  const field = fields[name];
  if (value === "") throw new Error(`${name}: needs a value: ${field.hint}.`);
  if (field.number) return numberTest(name, value);
  if (field.from && !value.includes("*") && !field.from().includes(value.toLowerCase())) {
    throw new Error(`${name}:${value} is nothing that happens. It is one of ${field.from().join(", ")}.`);
  }
  const pattern = glob(value);
  return (e) => field.of(e).some((v) => pattern.test(v));
}

function numberTest(name, value) {
  const m = /^(\d+)?(-)?(\d+)?$/.exec(value);
  if (!m || (!m[1] && !m[3])) throw new Error(`${name}:${value} is no number: write ${name}:12, ${name}:4-9 or ${name}:4-.`);
  const low = Number(m[1] || 0);
  const high = m[3] ? Number(m[3]) : m[2] ? Infinity : low;
  if (high < low) throw new Error(`${name}:${value} ends before it begins.`);
  return (e) => fields[name].number(e) >= low && fields[name].number(e) <= high;
}

const glob = (pattern) =>
  new RegExp("^" + pattern.replace(/[.+^${}()|\\[\]]/g, "\\$&").replace(/\*/g, ".*").replace(/\?/g, ".") + "$", "is");

// nearest is the field that a mistyped one may have meant.
function nearest(name) {
  return Object.keys(fields).find((f) => f.startsWith(name) || name.startsWith(f) || distance(f, name) <= 2 && f.length > 3);
}

function distance(a, b) {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] !== b[j - 1]));
    row = next;
  }
  return row[b.length];
}

// suggest offers what the word at the end of a text may become: [{text, hint}].
export function suggest(text, recording) {
  const word = /\S*$/.exec(text)[0];
  const minus = word.startsWith("-") ? "-" : "";
  const bare = word.slice(minus.length).toLowerCase();
  const colon = bare.indexOf(":");
  const list = colon > 0 ? values(bare.slice(0, colon), recording) : words();
  return list.filter((s) => s.text.toLowerCase().startsWith(bare) && s.text.toLowerCase() !== bare)
    .slice(0, 12).map((s) => ({ text: minus + s.text, hint: s.hint }));
}

const words = () => [
  ...Object.entries(fields).map(([name, f]) => ({ text: name + ":", hint: f.hint })),
  ...Object.entries(flags).map(([name, f]) => ({ text: name, hint: f.hint })),
];

function values(name, recording) {
  if (name === "client" || name === "writer" || name === "receiver") {
    const clients = [...recording.clients.values()];
    const names = clients.filter((c) => /^\S+$/.test(c.name)).map((c) => ({ text: `${name}:${c.name}`, hint: `#${c.id}` }));
    return [...clients.map((c) => ({ text: `${name}:${c.id}`, hint: c.name || (c.gone ? "gone" : "") })), ...names];
  }
  const field = fields[name];
  if (!field) return [];
  if (field.from) return field.from().map((v) => ({ text: `${name}:${v}`, hint: "" }));
  return seen(field, recording).map((v) => ({ text: `${name}:${v}`, hint: "" }));
}

// seen are the values that the last events have.
function seen(field, recording) {
  const found = new Set();
  if (!field.of) return [];
  for (const e of recording.events.slice(-2000)) {
    if (field.of === fields.key.of) (e.keys || []).forEach((k) => found.add(plain(k)));
    else field.of(e).forEach((v) => v && found.add(v));
    if (found.size > 200) break;
  }
  return [...found].filter((v) => !/\s/.test(v)).sort();
}
