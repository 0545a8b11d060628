// What the page asks of the server: each is a TATTLE command, or a command typed as a client.
import { say } from "./store.js";

async function post(path, body) {
  let answer;
  try {
    const r = await fetch(path, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
    });
    answer = await r.json().catch(() => ({ error: `the server answered ${r.status}` }));
  } catch {
    throw new Error("the server cannot be reached");
  }
  if (answer.error) throw new Error(answer.error);
  return answer;
}

// tattle runs a TATTLE command and returns its reply. It throws an Error with the server's text.
export const tattle = async (...words) => (await post("do", { words: ["TATTLE", ...words.map(word)] })).reply;

// type runs a command as a client and returns the reply.
export const type = async (client, words) => (await post("type", { client, words })).reply;

// connect opens a connection of the page, and returns its client id.
export const connect = async (resp, name) => (await post("connect", { resp, name })).reply.client;

export const disconnect = (client) => post("disconnect", { client });

// goOn lets the test that waits go on.
export const goOn = () => post("continue", {}).catch((err) => say(err.message, true));

// attempt runs a TATTLE command for its effect, and says so if it fails. It reports whether it succeeded.
export async function attempt(...words) {
  try {
    await tattle(...words);
    return true;
  } catch (err) {
    say(err.message, true);
    return false;
  }
}

const word = (w) => (typeof w === "number" ? String(w) : w);

// entries makes [key, value] pairs of a map, whether it came as an object or as a flat list.
export function fields(reply) {
  if (!Array.isArray(reply)) return reply || {};
  const out = {};
  for (let i = 0; i + 1 < reply.length; i += 2) out[reply[i]] = reply[i + 1];
  return out;
}
