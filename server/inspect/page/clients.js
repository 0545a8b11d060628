// The clients: how each tracks, what a test does to it, and controls to disturb it; beside them
// a console to type as the chosen one.
import { html, cls, useState } from "./ui.js";
import { who, filterText, connection, loaded } from "./store.js";
import { attempt } from "./calls.js";
import { plain, quote } from "./bytes.js";
import { Problem } from "./poll.js";
import { known, problem, refresh, mode, gone } from "./stats.js";
import { Console } from "./console.js";

export function Clients() {
  const list = known.value, error = problem.value;
  const chosen = list.find((c) => c.id === who.value) || list[0];
  return html`<div class="split clients" data-testid="clients">
    <div class="wide"><${Problem} error=${error}/>
      <table><thead><tr><th>id</th><th>name</th><th>address</th><th>RESP</th><th>db</th><th>tracking</th><th>redirect</th><th>last command</th><th title="bytes that wait to be written">waiting</th><th>faults</th></tr></thead>
      <tbody>${list.map((c) => html`<${Client} key=${c.id} c=${c} chosen=${c === chosen} list=${list}/>`)}</tbody></table>
      ${list.length === 0 && !error && html`<p class="hint">Nobody is connected.</p>`}
    </div>
    ${chosen && html`<div class="side" data-testid="client-side"><${Controls} c=${chosen}/><${Console} fixed=${chosen.id}/></div>`}
  </div>`;
}

function Client({ c, chosen, list }) {
  const flags = c.flags || [];
  const how = mode({ ...c, redirect: 0 });
  const armed = flags.find((f) => f.startsWith("caching"));
  const broken = flags.includes("broken_redirect");
  const target = c.redirect > 0 && list.find((x) => x.id === c.redirect);
  return html`<tr class=${cls(chosen && "chosen")} data-testid="client-row" data-client=${c.id} onClick=${() => (who.value = c.id)}>
    <td><button class="pick" aria-pressed=${chosen} onClick=${() => (who.value = c.id)}>${c.id}</button></td><td>${plain(c.name)}</td><td>${c.addr}</td><td>${c.resp}</td><td>${c.db}</td>
    <td>${how ? html`<b>${how}</b>` : html`<span class="muted">off</span>`} ${armed && html`<span class="badge armed" title="CLIENT CACHING is armed: the next command uses it up">${armed}</span>`}
      ${(c.prefixes || []).map((p) => html`<code key=${plain(p)} class="prefix">${quote(p)}</code> `)}</td>
    <td>${c.redirect > 0 && html`<span class=${cls("redirect", broken && "broken")}>→ ${gone(c.redirect) ? "nobody" : c.redirect} ${target ? plain(target.name) : ""}${broken ? " broken" : ""}</span>`}</td>
    <td>${(c["last-command"] || "").replace("|", " ")}${c.blocked ? " (blocked)" : ""}</td><td>${c["pending-output"] ? `${c["pending-output"]} B` : ""}</td>
    <td>${(c.faults || []).join(", ")}${c.held ? html` <b class="held">${c.held} held</b>` : ""}</td></tr>`;
}

// Controls disturb one client. Each is a word of TATTLE.
function Controls({ c }) {
  const [n, setN] = useState("1");
  const [ms, setMs] = useState("500");
  const off = connection.value.readOnly || !!loaded.value;
  const has = (text) => (c.faults || []).some((f) => f.includes(text));
  const act = (...words) => async () => {
    await attempt(...words);
    refresh();
  };
  const id = String(c.id);
  const button = (name, text, title, words, on) =>
    html`<button data-testid=${"do-" + name} disabled=${off} aria-pressed=${on == null ? undefined : on} title=${title} onClick=${act(...words)}>${text}</button>`;
  return html`<div class="controls" data-testid="controls"><h2>client ${c.id} ${plain(c.name)}
      <button onClick=${() => (filterText.value = "client:" + c.id)}>Only this client</button></h2>
    <div class="line">
      ${button("hold", "Hold", "Withhold its invalidations", ["HOLD", id], has("are held"))}
      ${button("release", "Release", "Send what is withheld", ["RELEASE", id])}
      ${button("reorder", "Release reversed", "Send what is withheld, the last first", ["REORDER", id])}
      <span class="pair">${button("drop", "Drop", "Drop its next invalidations", ["DROP", id, n])}<input type="number" min="-1" value=${n} aria-label="How many to drop" onInput=${(e) => setN(e.target.value)}/></span>
      <span class="pair">${button("delay", "Delay", "Send its invalidations later; 0 ends it", ["DELAY", id, ms])}<input type="number" min="0" step="100" value=${ms} aria-label="Milliseconds of delay" onInput=${(e) => setMs(e.target.value)}/><small>ms</small></span>
      ${button("duplicate", "Duplicate", "Send its invalidations twice", ["DUPLICATE", id, has("twice") ? "OFF" : "ON"], has("twice"))}
      ${button("stall", "Stall writes", "Write nothing to it", ["STALL", id, "WRITES", has("writes stall") ? "OFF" : "ON"], has("writes stall"))}
      ${button("stall-reads", "Stall reads", "Run nothing that it sends", ["STALL", id, "READS", has("reads stall") ? "OFF" : "ON"], has("reads stall"))}
      ${button("cut", "Cut", "End its connection in place of its next invalidation", ["CUT", id])}
      ${button("breakredirect", "Break redirect", "The target of its redirection counts as gone", ["BREAKREDIRECT", id])}
    </div>
    <${Send} id=${id} off=${off}/></div>`;
}

// Send pushes a frame of any form to the client.
function Send({ id, off }) {
  const [frame, setFrame] = useState(">invalidate [user:1]");
  const [where, setWhere] = useState("NOW");
  return html`<form class="line" onSubmit=${(e) => (e.preventDefault(), attempt("PUSH", id, where, frame))}>
    <label><span class="vh">Frame</span><input type="text" class="frame" value=${frame} spellcheck=${false} data-testid="push-frame" title="A value as in transcripts, or bytes &quot;$-1\\r\\n&quot;" onInput=${(e) => setFrame(e.target.value)}/></label>
    <label><span class="vh">When</span><select value=${where} onChange=${(e) => setWhere(e.target.value)}><option value="NOW">now</option><option value="BEFORE">before its next reply</option><option value="INSIDE">inside that</option></select></label>
    <button disabled=${off} data-testid="do-push">Push</button></form>`;
}
