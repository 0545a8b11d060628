// The clients and the tracking table of a loaded recording, as its events tell, at the place of the slider.
import { html, cls, useMemo } from "./ui.js";
import { loaded, load, until } from "./store.js";

const most = 1000; // keys that are shown

const useThen = () => useMemo(() => loaded.value.at(until.value), [loaded.value, until.value]);

export function ClientsThen() {
  const { clients, table } = useThen();
  const held = new Map();
  for (const holders of table.values()) for (const id of holders) held.set(id, (held.get(id) || 0) + 1);
  return html`<table data-testid="clients-then"><thead><tr><th>id</th><th>name</th><th>tracking</th><th>keys that it holds</th></tr></thead>
    <tbody>${clients.map((c) => html`<tr key=${c.id} data-testid="client-row" data-client=${c.id}><td>${c.id}</td><td>${c.name}</td>
      <td>${c.gone ? html`<span class="muted">gone</span>` : c.mode ? html`<b>${c.mode}</b>` : html`<span class="muted">off</span>`}</td><td>${held.get(c.id) || ""}</td></tr>`)}</tbody></table>`;
}

export function TableThen() {
  const { clients, table } = useThen();
  const client = new Map(clients.map((c) => [c.id, c]));
  const keys = [...table.keys()].sort();
  return html`<div data-testid="table-then"><p class="hint">${keys.length} keys that the recording shows to be read and not changed since. What was in the table before it began is not known.</p>
    <table><thead><tr><th>key</th><th>holders</th></tr></thead><tbody>${keys.slice(0, most).map((k) => html`<tr key=${k} data-testid="tree-leaf" data-path=${k}><td><code>${k}</code></td>
      <td class="holders">${[...table.get(k)].map((id) => html`<span key=${id} class=${cls("holder", client.get(id)?.gone && "gone")}>${id} ${client.get(id)?.name}</span>`)}</td></tr>`)}</tbody></table></div>`;
}

// OnlyLive stands in place of a panel that asks the running server.
export const OnlyLive = () => html`<p class="hint" data-testid="only-live">This panel asks the running server, and a recording is shown. <button onClick=${() => load(null)}>Back to the live server</button></p>`;
