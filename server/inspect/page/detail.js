// The detail of the chosen event: what it says, what led to it and what it led to, and its bytes.
import { html, cls, useState } from "./ui.js";
import { shown, live, loaded, version, selected, select, link, filterText, show, key } from "./store.js";
import { fetchFrom } from "./stream.js";
import { plain, quote, words, frames, frame, lines, hexdump, toBytes } from "./bytes.js";
import { keyList } from "./rows.js";
import { Why } from "./hears.js";
import { copy } from "./files.js";

export function Detail() {
  version.value;
  const id = selected.value;
  const e = shown.value.find(id);
  return html`<aside class="detail" aria-label="Detail" data-testid="detail">
    ${e ? html`<${Event} e=${e} key=${id}/>` : html`<${Nothing} id=${id}/>`}
  </aside>`;
}

// Nothing stands where no event is chosen, or one that the page does not have.
function Nothing({ id }) {
  const recording = shown.value;
  const [answer, setAnswer] = useState("");
  const ask = async () => {
    try {
      await fetchFrom(id, 200);
      setAnswer(live.value.find(id) ? "" : "The server does not have it any more.");
    } catch (err) {
      setAnswer(err.message);
    }
  };
  if (!id) {
    return html`<p class="empty">Choose a row to see what it was, what caused it and what it caused.<br/>
      <kbd>j</kbd> <kbd>k</kbd> move, <kbd>c</kbd> goes to the cause, <kbd>e</kbd> to the effect.</p>`;
  }
  return html`<div class="empty" data-testid="detail-missing"><p>Event ${id} ${id > recording.last ? "has not come yet" : "is not here: it was left out, or let go"}.</p>
    ${!loaded.value && html`<button data-testid="detail-fetch" onClick=${ask}>Ask the server for it</button>`}<p role="status">${answer}</p></div>`;
}

function Event({ e }) {
  version.value; // more effects may come
  const recording = shown.value;
  return html`
    <header>
      <h2 data-testid="detail-title"><span class=${cls("tag", e.kind.replace(/ /g, "-"), e.suppressed && "unsent")}>${e.suppressed ? "not sent" : e.kind}</span> ${title(e)}</h2>
      <div class="actions">
        <button data-testid="detail-link" onClick=${() => copy(link(e.id), `The address of event ${e.id} is copied.`)}>Copy link</button>
        <button data-testid="detail-copy" onClick=${() => copy(JSON.stringify(e), `Event ${e.id} is copied as JSON.`)}>Copy JSON</button>
        ${e.client > 0 && html`<button onClick=${() => (filterText.value = `client:${e.client}`)}>Only this client</button>`}
        ${e.keys?.length === 1 && html`<button onClick=${() => (filterText.value = `key:${quote(e.keys[0])}`)}>Only this key</button>`}
        ${e.keys?.length === 1 && html`<button onClick=${() => ((key.value = plain(e.keys[0])), show("hears"))}>Who hears of it?</button>`}
      </div>
    </header>
    ${e.outcome && html`<${Outcome} e=${e}/>`}
    <dl data-testid="detail-fields">${facts(e).map(([name, value]) => html`<dt key=${name}>${name}</dt><dd>${value}</dd>`)}</dl>
    <${Chain} title="Caused by" list=${recording.causes(e.id).slice(0, 20)} testid="detail-causes" none=${e.by ? `event ${e.by}, which the page does not have` : ""}/>
    <${Chain} title="Led to" list=${recording.caused(e.id, 60)} testid="detail-effects"/>
    ${e.bytes && html`<${Bytes} bytes=${e.bytes}/>`}
    ${(e.kind === "message" || e.kind === "not remembered" || e.kind === "remembered") && e.keys?.length > 0 && e.client > 0 &&
      html`<${Why} client=${e.client} k=${e.keys[0]} key=${e.id}/>`}`;
}

function title(e) {
  switch (e.kind) {
    case "began": return words(e.words);
    case "ended": return `reply to ${(e.command || "").replace("|", " ").toUpperCase()}`;
    case "message": return `invalidate ${keyList(e)}`;
  }
  return plain(e.line);
}

// Outcome says on which way a message went, or why it did not.
function Outcome({ e }) {
  const way = e.route === "redirect" ? `redirected to client ${e.receiver}`
    : e.route === "broadcast" ? `broadcast of prefix ${quote(e.prefix || "")}` + (e.receiver !== e.client ? ` to client ${e.receiver}` : "")
    : e.route === "push" ? "a push on its own connection" : "";
  return html`<p class=${cls("verdict", e.suppressed ? "unsent" : e.outcome === "sent" ? "sent" : "waits")} data-testid="detail-outcome">
    <b>${e.outcome}</b>${e.rule ? html` <span class="rule">rule ${e.rule}</span>` : ""}${way && html`<br/>way: ${way}`}</p>`;
}

const client = (id, name) => (id ? `${id}${name ? ` (${name})` : ""}` : "");

function facts(e) {
  const list = [
    ["event", e.id], ["time", e.at.replace("T", " ")], ["cycle", e.cycle],
    ["client", client(e.client, e.name)], ["command", (e.command || "").replace("|", " ").toUpperCase()],
    ["db", e.db], ["keys", e.all ? "everything" : e.keys?.map(quote).join(" ")], ["prefix", e.prefix != null && quote(e.prefix)],
    ["cause", e.cause], ["writer", client(e.writer, e.writer_name)], ["receiver", e.receiver !== e.client ? e.receiver : 0],
    ["words", e.kind !== "began" && words(e.words)], ["text", e.text && plain(e.text)],
  ];
  return list.filter(([, value]) => value);
}

function Chain({ title, list, testid, none }) {
  if (!list.length && !none) return null;
  return html`<section data-testid=${testid}><h3>${title}</h3>
    ${list.length === 0 && html`<p>${none}</p>`}
    <ol class="chain">${list.map((e) => html`<li key=${e.id}>
      <button class=${cls("link", e.suppressed && "unsent")} onClick=${() => select(e.id, { jump: true })} title=${plain(e.line)}>
        <span class="number">${e.id}</span> ${plain(e.line).slice(0, 160)}</button></li>`)}</ol>
  </section>`;
}

// Bytes shows a frame as values, as lines of the protocol, or as a hex dump.
function Bytes({ bytes }) {
  const [form, setForm] = useState("values");
  const [open, setOpen] = useState(false);
  const forms = { values: () => frames(toBytes(bytes)).map(frame).join("\n"), wire: () => lines(bytes), hex: () => hexdump(bytes) };
  return html`<section class="bytes" data-testid="detail-bytes"><h3>Bytes
      <span class="choice" role="group" aria-label="Form of the bytes">${Object.keys(forms).map((name) =>
        html`<button key=${name} aria-pressed=${form === name} onClick=${() => (setForm(name), setOpen(true))}>${name}</button>`)}</span>
      <small>${toBytes(bytes).length} bytes</small></h3>
    <pre tabindex="0" class=${cls(!open && "short")}>${forms[form]()}</pre>
  </section>`;
}
