// Strings as the server sends them in JSON, and bytes of the protocol as text.
//
// A string of the server is a JavaScript string, or {base64: "..."} where it is not UTF-8.

const encoder = new TextEncoder();
const strict = new TextDecoder("utf-8", { fatal: true });

// toBytes returns the bytes of a string of the server.
export function toBytes(s) {
  if (s == null) return new Uint8Array();
  if (typeof s === "object") return Uint8Array.from(atob(s.base64), (c) => c.charCodeAt(0));
  return encoder.encode(s);
}

// plain returns a string of the server as text. Bytes that are no text are written \xff.
export function plain(s) {
  if (s == null) return "";
  if (typeof s !== "object") return String(s).replace(/[\x00-\x1f\x7f]/g, escaped);
  return escapeBytes(toBytes(s));
}

const named = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };
const escaped = (c) => named[c] || "\\x" + c.charCodeAt(0).toString(16).padStart(2, "0");

function escapeBytes(bytes) {
  let out = "";
  for (const b of bytes) out += b > 31 && b < 127 ? String.fromCharCode(b) : escaped(String.fromCharCode(b));
  return out;
}

// quote writes a key or an argument so that its end can be seen: quoted unless it is plain.
export function quote(s) {
  const text = plain(s);
  if (text !== "" && /^[^\s"'\\\]]+$/.test(text)) return text;
  return '"' + text.replace(/"/g, '\\"') + '"';
}

// words writes a command in one line.
export const words = (list) => (list || []).map(quote).join(" ");

// unquote takes a line apart into words, as redis-cli does: quotes keep spaces, \xff is a byte.
export function unquote(line) {
  const list = [];
  const word = /"((?:\\.|[^"\\])*)"|'([^']*)'|(\S+)/g;
  for (let m; (m = word.exec(line)); ) {
    list.push(m[1] != null ? unescape(m[1]) : m[2] != null ? m[2] : m[3]);
  }
  return list;
}

function unescape(text) {
  const bytes = [];
  const part = /\\x([0-9a-fA-F]{2})|\\(.)|([^\\]+)/gs;
  for (let m; (m = part.exec(text)); ) {
    if (m[1]) bytes.push(parseInt(m[1], 16));
    else bytes.push(...encoder.encode(m[2] ? ({ n: "\n", r: "\r", t: "\t" }[m[2]] ?? m[2]) : m[3]));
  }
  return toServer(Uint8Array.from(bytes));
}

// toServer returns bytes as a string of the server.
export function toServer(bytes) {
  try {
    return strict.decode(bytes);
  } catch {
    return { base64: btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join("")) };
  }
}

// frames reads the values of RESP2 and RESP3 in bytes, as {type, value}. The last one is
// {type: "cut"} if the bytes end before it does.
export function frames(bytes) {
  const list = [];
  let at = 0;
  const line = () => {
    for (let end = at; end + 1 < bytes.length; end++) {
      if (bytes[end] === 13 && bytes[end + 1] === 10) {
        const text = new TextDecoder().decode(bytes.subarray(at, end));
        at = end + 2;
        return text;
      }
    }
    throw new RangeError("cut");
  };
  const many = (n) => Array.from({ length: n }, read);
  function read() {
    const type = String.fromCharCode(bytes[at++]);
    const head = line();
    const n = Number(head);
    if ("$=!".includes(type)) {
      if (n < 0) return { type: "_" };
      if (at + n > bytes.length) throw new RangeError("cut");
      const value = toServer(bytes.subarray(at, at + n));
      at += n + 2;
      return { type, value };
    }
    if ("*~>".includes(type)) return n < 0 ? { type: "_" } : { type, value: many(Math.min(n, bytes.length)) };
    if (type === "%" || type === "|") return { type, value: many(Math.min(2 * n, bytes.length)) };
    return { type, value: head };
  }
  try {
    while (at < bytes.length) list.push(read());
  } catch (err) {
    if (!(err instanceof RangeError)) throw err;
    list.push({ type: "cut" });
  }
  return list;
}

// frame writes one value of the protocol in one line: OK, "text", (nil), -ERR ..., [a b], {a: b}, >invalidate [k].
export function frame({ type, value }) {
  switch (type) {
    case "$": return '"' + plain(value).replace(/"/g, '\\"') + '"';
    case "=": return plain(value).slice(4);
    case "_": return "(nil)";
    case "-": return "-" + value;
    case "!": return "-" + plain(value);
    case "#": return value === "t" ? "true" : "false";
    case "cut": return "…";
    case "*": return "[" + value.map(frame).join(" ") + "]";
    case "~": return "{" + value.map(frame).join(" ") + "}";
    case ">": return ">" + value.map((v, i) => (i === 0 ? plain(v.value) : frame(v))).join(" ");
    case "%":
    case "|": return "{" + pairs(value).map(([k, v]) => bare(k) + ": " + frame(v)).join(", ") + "}";
  }
  return plain(value);
}

const bare = (v) => (v.type === "$" ? quote(v.value) : frame(v));

function pairs(list) {
  const out = [];
  for (let i = 0; i + 1 < list.length; i += 2) out.push([list[i], list[i + 1]]);
  return out;
}

// reply writes all values in bytes in one line.
export function reply(s) {
  const list = frames(toBytes(s));
  return list.length === 1 && list[0].type === "cut" ? plain(s) + "…" : list.map(frame).join(" ");
}

// lines shows bytes of the protocol as they go over the wire, one line for each of its lines.
export const lines = (s) => escapeBytes(toBytes(s)).replace(/\\r\\n/g, "\\r\\n\n").trimEnd();

// hexdump shows bytes as offset, hexadecimal and text, 16 a line.
export function hexdump(s) {
  const bytes = toBytes(s);
  const out = [];
  for (let i = 0; i < bytes.length; i += 16) {
    const part = Array.from(bytes.subarray(i, i + 16));
    const hex = part.map((b) => b.toString(16).padStart(2, "0")).join(" ").padEnd(47);
    const text = part.map((b) => (b > 31 && b < 127 ? String.fromCharCode(b) : "·")).join("");
    out.push(i.toString(16).padStart(4, "0") + "  " + hex + "  " + text);
  }
  return out.join("\n");
}

// clock shows the time of day of an event's time, to so many digits of a second.
export function clock(at, digits) {
  const [, day, part = ""] = /T([\d:]+)(?:\.(\d+))?/.exec(at) || ["", "", ""];
  return day + "." + part.padEnd(digits, "0").slice(0, digits);
}
