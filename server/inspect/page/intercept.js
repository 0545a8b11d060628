// Intercept: pushes that are held stand in a queue, to be looked at and let go one by one; the
// loop is stepped batch by batch; the clock is moved by hand.
import { html, cls, useState } from "./ui.js";
import { live, version, selected, select, connection, loaded } from "./store.js";
import { attempt } from "./calls.js";
import { plain } from "./bytes.js";
import { keyList } from "./rows.js";
import { known, stats, refresh } from "./stats.js";

export function Intercept() {
  return html`<div class="split intercept" data-testid="intercept"><${Held}/><${Loop}/></div>`;
}

const off = () => connection.value.readOnly || !!loaded.value;

// held lists the messages that wait since a fault holds them, by client.
function held() {
  const queues = new Map();
  for (const e of live.value.held.values()) {
    if (live.value.clients.get(e.receiver || e.client)?.gone) continue;
    const to = e.receiver || e.client;
    if (!queues.has(to)) queues.set(to, []);
    queues.get(to).push(e);
  }
  return queues;
}

function Held() {
  const [to, setTo] = useState("");
  version.value;
  const queues = held();
  const clients = [...live.value.clients.values()].filter((c) => !c.gone);
  const chosen = clients.some((c) => String(c.id) === to) ? to : String(clients[0]?.id ?? "");
  const act = (...words) => () => attempt(...words).then(refresh);
  const holding = (id) => known.value.find((c) => c.id === id)?.faults?.includes("pushes are held");
  return html`<section class="wide" data-testid="held"><h2>Held pushes</h2>
    <form class="line" onSubmit=${(e) => (e.preventDefault(), attempt("HOLD", chosen).then(refresh))}>
      <label>Hold the pushes of <select value=${chosen} data-testid="intercept-client" onChange=${(e) => setTo(e.target.value)}>${clients.map((c) => html`<option key=${c.id} value=${c.id}>${c.id} ${c.name}</option>`)}</select></label>
      <button disabled=${off() || !clients.length} data-testid="intercept-hold">Hold</button>
      <button type="button" disabled=${off()} data-testid="reset" title="End all disturbances; loop and clock run" onClick=${act("RESET")}>End all disturbances</button></form>
    ${known.value.filter((c) => holding(c.id)).map((c) => html`<p key=${c.id} class="hint holding">The pushes of <b>${c.id} ${plain(c.name)}</b> are held${c.held ? `, ${c.held} so far` : ""}.</p>`)}
    ${queues.size === 0 && html`<p class="hint">Nothing is held. Hold a client's pushes, change a key that it holds, and they queue here.</p>`}
    ${[...queues].map(([id, list]) => html`<div key=${id} class="queue" data-testid="queue" data-client=${id}>
      <div class="line"><b>${id} ${live.value.clients.get(id)?.name}</b> <span class="muted">${list.length} held</span>
        <button disabled=${off()} data-testid="release-one" onClick=${act("RELEASE", String(id), "COUNT", "1")}>Release the first</button>
        <button disabled=${off()} data-testid="release-all" onClick=${act("RELEASE", String(id))}>Release all</button>
        <button disabled=${off()} data-testid="release-reversed" onClick=${act("REORDER", String(id))}>Release reversed</button>
        <button disabled=${off()} data-testid="drop-held" title="What is held stays; the next one that comes is dropped" onClick=${act("DROP", String(id))}>Drop the next</button></div>
      <ol>${list.slice(0, 200).map((e) => html`<li key=${e.id}><button class=${cls("link", e.id === selected.value && "chosen")} data-testid="held-push" onClick=${() => select(e.id, { jump: true })}>
        <span class="number">${e.id}</span> invalidate ${keyList(e)} <small>${(e.command || e.cause || "").toUpperCase()} by ${e.writer_name || (e.writer ? "client " + e.writer : "no client")}</small></button>
        <button disabled=${off()} data-testid="release-this" aria-label=${"Release event " + e.id} onClick=${act("RELEASE", String(id), "ID", String(e.id))}>Release</button>
        <button disabled=${off()} data-testid="drop-this" aria-label=${"Drop event " + e.id} onClick=${act("DROP", String(id), "ID", String(e.id))}>Drop</button></li>`)}</ol></div>`)}
  </section>`;
}

function Loop() {
  const [ms, setMs] = useState("1000");
  const { loop = {}, clock = {} } = stats.value;
  const act = (...words) => () => attempt(...words).then(refresh);
  const button = (name, text, words, disabled) => html`<button data-testid=${name} disabled=${off() || disabled} onClick=${act(...words)}>${text}</button>`;
  const name = (id) => live.value.clients.get(id)?.name || "";
  return html`<section class="side" data-testid="loop-panel"><h2>Loop</h2>
    <div class="line">
      ${button("loop-pause", "Pause", ["LOOP", "PAUSE"], loop.paused)}${button("loop-step", "Step the first", ["LOOP", "STEP"], !loop.paused || !loop.waiting.length)}
      ${button("loop-endcycle", "End the cycle", ["LOOP", "ENDCYCLE"], !loop.paused)}${button("loop-resume", "Resume", ["LOOP", "RESUME"], !loop.paused)}</div>
    ${!loop.paused ? html`<p class="hint">The loop runs. Paused, what clients send waits here as batches, to be stepped in any order.</p>`
      : loop.waiting.length === 0 ? html`<p class="hint">The loop is paused, and no client has sent anything.</p>`
      : html`<ol data-testid="batches">${loop.waiting.map((id) => html`<li key=${id}><button data-testid="batch" data-client=${id} disabled=${off()} onClick=${act("LOOP", "STEP", String(id))}>Step</button> the batch of <b>${id} ${name(id)}</b></li>`)}</ol>`}
    <h2>Clock</h2>
    <div class="line"><output data-testid="clock-now">${clock.now ? new Date(clock.now).toISOString().slice(11, 23) : ""}</output>
      ${button("clock-stop", "Stop", ["CLOCK", "STOP"], clock.stopped)}
      <span class="pair">${button("clock-advance", "Advance", ["CLOCK", "ADVANCE", ms], !clock.stopped)}<input type="number" min="0" step="100" value=${ms} aria-label="Milliseconds to advance" data-testid="clock-ms" onInput=${(e) => setMs(e.target.value)}/><small>ms</small></span>
      ${button("clock-run", "Run", ["CLOCK", "RUN"], !clock.stopped)}</div>
    <${Fail}/>
  </section>`;
}

// Fail makes commands fail.
function Fail() {
  const [text, setText] = useState("ERR no");
  const [command, setCommand] = useState("GET");
  const [times, setTimes] = useState("1");
  const fail = (e) => (e.preventDefault(), attempt("ERROR", text, ...(command ? ["FOR", command] : []), ...(text && times ? ["TIMES", times] : [])));
  return html`<h2>Errors</h2><form class="line" onSubmit=${fail}>
    <label>Answer <input type="text" value=${command} size="8" placeholder="all" data-testid="error-command" onInput=${(e) => setCommand(e.target.value)}/></label>
    <label>with <input type="text" value=${text} size="12" placeholder="(no error)" data-testid="error-text" onInput=${(e) => setText(e.target.value)}/></label>
    <span class="pair"><input type="number" min="1" value=${times} aria-label="How many times" onInput=${(e) => setTimes(e.target.value)}/><small>times</small></span>
    <button disabled=${off()} data-testid="do-error">Fail</button></form>`;
}
