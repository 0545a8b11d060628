// Who hears if a key changes now, on which way, and if not, why not; and what happened to one
// client and one key.
import { html, cls, useState, useEffect } from "./ui.js";
import { key, who, version, shown, loaded, select } from "./store.js";
import { tattle, fields } from "./calls.js";
import { plain, quote, unquote } from "./bytes.js";
import { usePoll, Problem } from "./poll.js";

export function Hears() {
  const [by, setBy] = useState("");
  const k = unquote(key.value)[0] ?? "";
  const { reply, error } = usePoll(() => (k === "" ? null : tattle("EXPLAIN", k, ...(by ? ["BY", by] : []))), [k, by], 700);
  return html`<div class="hears" data-testid="hears">
    <form class="line" onSubmit=${(e) => e.preventDefault()}>
      <label>Who hears if key <input type="text" value=${key.value} placeholder="user:1" spellcheck=${false} data-testid="hears-key" onInput=${(e) => (key.value = e.target.value)}/></label>
      <label>is changed by <select value=${by} data-testid="hears-by" onChange=${(e) => setBy(e.target.value)}>
        <option value="">none of the clients</option>
        ${[...shown.value.clients.values()].filter((c) => !c.gone).map((c) => html`<option key=${c.id} value=${c.id}>${c.id} ${c.name}</option>`)}
      </select></label> now?
    </form>
    <${Problem} error=${error}/>
    ${k === "" ? html`<p class="hint">Type a key, or choose "Who hears of it?" beside an event.</p>` : html`<${Verdicts} list=${reply} k=${k}/>`}
  </div>`;
}

function Verdicts({ list, k }) {
  if (!list) return null;
  const verdicts = list.map(fields);
  return html`<table data-testid="verdicts"><thead><tr><th>client</th><th>told?</th><th>way</th><th>what becomes of it</th><th>rule</th><th><span class="vh">what happened</span></th></tr></thead>
    <tbody>${verdicts.map((v, i) => html`<tr key=${i} class=${cls(v.told ? "told" : "untold")} data-testid="verdict" data-client=${v.client} data-told=${v.told}>
      <td>${v.client} ${plain(v.name) || shown.value.clients.get(v.client)?.name}</td><td>${v.told ? html`<b class="yes">hears</b>` : html`<b class="no">hears nothing</b>`}</td>
      <td>${way(v)}</td><td>${plain(v.outcome)}${v["after-reply"] ? ", after its reply" : ""}
        ${v.fault > 0 && html` <button class="quiet" onClick=${() => select(v.fault, { jump: true })}>fault ${v.fault}</button>`}</td><td>${v.rule || ""}</td>
      <td><${Why} client=${v.client} k=${k}/></td></tr>`)}</tbody></table>`;
}

// way is how a message would go; who is told nothing at all has none.
function way(v) {
  if (/^not (told|remembered)/.test(v.outcome)) return "";
  const to = v.receiver !== v.client ? ` to client ${v.receiver}` : "";
  return v.route === "broadcast" ? `broadcast of ${quote(v.prefix)}${to}` : v.route + to;
}

// Why asks what happened between a client and a key.
export function Why({ client, k }) {
  const [answer, setAnswer] = useState(null);
  if (loaded.value) return null;
  const ask = async () => {
    try {
      setAnswer(fields(await tattle("WHY", String(client), k)));
    } catch (err) {
      setAnswer({ verdict: err.message, events: [] });
    }
  };
  return html`<div class="why"><button data-testid="why" onClick=${ask}>Why? <span class="vh">${plain(k)} and client ${client}</span></button>
    ${answer && html`<div class="story" data-testid="story"><p>${answer.verdict}</p>
      <ol class="chain">${answer.events.map(fields).map((m) => html`<li key=${m.id}><button class="link" onClick=${() => select(m.id, { jump: true })}>
        <span class="number">${m.id}</span> <b>${m.what}</b> ${plain(m.line)}</button></li>`)}</ol></div>`}</div>`;
}
