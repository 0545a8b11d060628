// Replies of commands, which come as JSON, written as redis-cli would in one line.
import { plain, quote } from "./bytes.js";

export function value(v) {
  if (v === null || v === undefined) return "(nil)";
  if (typeof v === "string") return '"' + plain(v).replace(/"/g, '\\"') + '"';
  if (Array.isArray(v)) return "[" + v.map(value).join(" ") + "]";
  if (typeof v === "object") {
    if ("base64" in v) return '"' + plain(v) + '"';
    if (Object.keys(v).length === 1 && typeof v.error === "string") return "-" + v.error;
    return "{" + Object.entries(v).map(([k, x]) => quote(k) + ": " + value(x)).join(", ") + "}";
  }
  return String(v);
}
