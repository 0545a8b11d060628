// The console: a line is run as one of the clients, as if it had sent it. What is pushed to that
// client stands between the replies, in order.
import { html, cls, signal, useRef, useState, useLayoutEffect } from "./ui.js";
import { who, version, live, select, say, connection, loaded } from "./store.js";
import { type, tattle, connect, disconnect } from "./calls.js";
import { unquote, reply } from "./bytes.js";
import { value } from "./values.js";

const logs = signal({}); // client id -> [{words, answer, bad, after}]
const history = []; // lines, the newest last
const own = signal([]); // ids of connections that the page has opened

const log = (client, entry) => (logs.value = { ...logs.value, [client]: [...(logs.value[client] || []), entry].slice(-300) });

export function Console({ fixed }) {
  version.value;
  const clients = [...live.value.clients.values()].filter((c) => !c.gone);
  const client = fixed ?? (clients.some((c) => c.id === who.value) ? who.value : clients[0]?.id ?? 0);
  return html`<div class="console" data-testid="console">
    ${fixed == null && html`<${Choice} clients=${clients} client=${client}/>`}
    ${client ? html`<${Session} key=${client} client=${client}/>` : html`<p class="hint">Open a connection of the page, and type as its client.</p>`}
  </div>`;
}

function Choice({ clients, client }) {
  const [resp, setResp] = useState("3");
  const open = async () => {
    try {
      const id = await connect(Number(resp), "page-" + (own.value.length + 1));
      own.value = [...own.value, id];
      who.value = id;
    } catch (err) {
      say(err.message, true);
    }
  };
  const close = async () => {
    try {
      await disconnect(client);
      own.value = own.value.filter((id) => id !== client);
    } catch (err) {
      say(err.message, true);
    }
  };
  const off = connection.value.readOnly || !!loaded.value;
  return html`<div class="line">
    <label>Type as <select value=${client} data-testid="console-client" onChange=${(e) => (who.value = Number(e.target.value))}>
      ${clients.map((c) => html`<option key=${c.id} value=${c.id}>${c.id} ${c.name} ${own.value.includes(c.id) ? "(of this page)" : ""}</option>`)}</select></label>
    <button data-testid="console-connect" disabled=${off} onClick=${open}>New connection</button>
    <label><span class="vh">Protocol</span><select value=${resp} data-testid="console-resp" onChange=${(e) => setResp(e.target.value)}><option value="3">RESP3</option><option value="2">RESP2</option></select></label>
    ${own.value.includes(client) && html`<button data-testid="console-disconnect" onClick=${close}>Close it</button>`}
  </div>`;
}

function Session({ client }) {
  const [line, setLine] = useState("");
  const at = useRef(history.length);
  const end = useRef(null);
  version.value;
  const list = together(client);
  useLayoutEffect(() => end.current.parentElement.scrollTo(0, 1e9), [list.length]);
  const run = async (e) => {
    e.preventDefault();
    const words = unquote(line);
    if (!words.length) return;
    history.push(line);
    at.current = history.length;
    setLine("");
    const entry = { words: line, answer: "…", after: live.value.last };
    try {
      entry.answer = value(/^tattle$/i.test(words[0]) ? await tattle(...words.slice(1)) : await type(client, words));
    } catch (err) {
      entry.answer = err.message;
      entry.bad = true;
    }
    log(client, entry);
  };
  const onKeyDown = (e) => {
    const n = { ArrowUp: -1, ArrowDown: 1 }[e.key];
    if (!n) return;
    e.preventDefault();
    at.current = Math.max(0, Math.min(history.length, at.current + n));
    setLine(history[at.current] || "");
  };
  const off = connection.value.readOnly || !!loaded.value;
  return html`<div class="session">
    <div class="log" tabindex="0" role="log" aria-label=${"What client " + client + " typed and heard"} data-testid="console-log">
      ${list.map((x, i) => x.push
        ? html`<button key=${"p" + x.push.id} class="link heard" onClick=${() => select(x.push.id, { jump: true })}>› ${x.text}</button>`
        : html`<div key=${i}><b>> ${x.words}</b><div class=${cls("said", x.bad && "bad")}>${x.answer}</div></div>`)}
      <i ref=${end}></i>
    </div>
    <form onSubmit=${run}><label class="vh" for=${"line-" + client}>Command</label>
      <input id=${"line-" + client} type="text" value=${line} disabled=${off} autocomplete="off" spellcheck=${false} data-testid="console-input"
        placeholder=${off ? "read-only" : `as client ${client}: GET user:1`} onInput=${(e) => setLine(e.target.value)} onKeyDown=${onKeyDown}/>
      <button disabled=${off} data-testid="console-run">Run</button></form>
  </div>`;
}

// together puts the lines of a client and the last pushes to it in one order.
function together(client) {
  const pushes = live.value.clients.get(client)?.pushes || [];
  const heard = pushes.map((e) => ({ push: e, after: e.id, text: reply(e.bytes) }));
  return [...(logs.value[client] || []), ...heard].sort((a, b) => a.after - b.after).slice(-200);
}
