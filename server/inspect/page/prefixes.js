// The prefix table of BCAST: who subscribes to which prefix, and which keys have changed in this
// cycle and wait for its end.
import { html } from "./ui.js";
import { live, who, show } from "./store.js";
import { tattle, fields } from "./calls.js";
import { plain, quote } from "./bytes.js";
import { usePoll, Problem } from "./poll.js";

export function Prefixes() {
  const { reply, error } = usePoll(() => tattle("PREFIXES"), [], 700);
  const list = (reply || []).map(fields);
  const name = (id) => `${id} ${live.value.clients.get(id)?.name || ""}`;
  return html`<div data-testid="prefixes"><${Problem} error=${error}/>
    ${list.length === 0 && !error ? html`<p class="hint" data-testid="prefixes-empty">No client is in BCAST mode. <code>CLIENT TRACKING ON BCAST PREFIX user:</code> subscribes to a prefix.</p>`
      : html`<table><thead><tr><th>prefix</th><th>subscribers</th><th>changed in this cycle</th></tr></thead><tbody>
      ${list.map((p) => html`<tr key=${plain(p.prefix)} data-testid="prefix-row"><td><code>${quote(p.prefix)}</code></td>
        <td class="holders">${p.subscribers.map((id) => html`<button key=${id} class="holder" onClick=${() => ((who.value = id), show("clients"))}>${name(id)}</button>`)}</td>
        <td>${p.changed.length === 0 ? html`<span class="muted">nothing</span>` : p.changed.map(fields).map((c) => html`<span key=${plain(c.key)} class="changed"><code>${quote(c.key)}</code> <small>by ${c.writer ? name(c.writer) : "no client"}</small></span>`)}</td></tr>`)}
      </tbody></table>`}
  </div>`;
}
