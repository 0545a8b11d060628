// The bar at the top: the server, its loop, its clock, counters over time, and what was lost.
import { html, cls } from "./ui.js";
import { connection, losses, paused, waiting, theme, helpOpen, loaded, version, notice, shown, waiter, say } from "./store.js";
import { pause, fetchFrom } from "./stream.js";
import { attempt, goOn } from "./calls.js";
import { stats, refresh } from "./stats.js";
import { Files } from "./files.js";
import { Sparks } from "./sparks.js";

export function TopBar() {
  return html`<header class="topbar" data-testid="topbar">
    <h1>tattle</h1>
    <${Server}/>
    <${Loop}/>
    <${Clock}/>
    <${Sparks}/>
    <span class="spring"></span>
    <${Losses}/>
    <button class=${cls("toggle", paused.value && "on")} aria-pressed=${paused.value} data-testid="pause" title="The view stands still; the server goes on (space)" onClick=${() => pause()}>
      ${paused.value ? `Resume (${waiting.value} new)` : "Pause view"}</button>
    <${Files}/>
    <button data-testid="theme" aria-label=${`Colours: ${theme.value}`} title="Colours (t)" onClick=${() => (theme.value = { auto: "dark", dark: "light", light: "auto" }[theme.value])}>
      ${{ auto: "◐", dark: "●", light: "○" }[theme.value]}</button>
    <button data-testid="help-open" aria-label="Help" title="Help (?)" onClick=${() => (helpOpen.value = true)}>?</button>
  </header>`;
}

function Server() {
  const { state, readOnly, version } = connection.value;
  const text = loaded.value ? "recording" : { live: "live", lost: "reconnecting…", connecting: "connecting…" }[state];
  return html`<span class=${cls("server-state", loaded.value ? "loaded" : state)} role="status" data-testid="server-state" data-state=${loaded.value ? "loaded" : state}>
    <i></i>${text} <small>${version}${readOnly ? " read-only" : ""}</small></span>`;
}

function Losses() {
  const { dropped, leftOut } = losses.value;
  version.value;
  const gone = shown.value.forgotten;
  if (!dropped && !leftOut && !gone) return null;
  const parts = [leftOut && `${leftOut} left out`, dropped && `${dropped} dropped`, gone && `${gone} let go`].filter(Boolean);
  const again = () => fetchFrom(1, 20_000).then((n) => say(`${n} events were asked for again.`), (err) => say(err.message, true));
  return html`<span class="losses" data-testid="losses" title=${`left out: more than the page can take\ndropped: gone from the journal before the page read them\nlet go: older than what the page keeps`}>${parts.join(", ")}
    ${leftOut > 0 && !loaded.value && html` <button data-testid="fetch-left-out" title="Ask the server for the events of the journal that were left out" onClick=${again}>get</button>`}</span>`;
}

// Waiter stands while a test waits for a person to look.
export function Waiter() {
  if (!waiter.value) return null;
  return html`<div class="waiter" role="status" data-testid="waiter"><b>${waiter.value}</b> waits until you have looked.
    <button data-testid="continue" onClick=${goOn}>Let it go on</button></div>`;
}

export const Notice = () => html`<div class=${cls("notice", notice.value?.bad && "bad")} role="status" aria-live="polite" data-testid="notice">${notice.value?.text}</div>`;

const act = (...words) => () => attempt(...words).then(refresh);
const off = () => connection.value.readOnly || !!loaded.value;

function Loop() {
  const { loop } = stats.value;
  if (!loop || loaded.value) return null;
  return html`<span class=${cls("group", loop.paused && "stopped")} data-testid="loop" data-paused=${!!loop.paused}><span>loop <b>${loop.paused ? `paused, ${loop.waiting.length} wait` : "runs"}</b></span>
    ${loop.paused ? html`<button disabled=${off()} data-testid="top-step" title="Run the batch that came first" onClick=${act("LOOP", "STEP")}>Step</button>
      <button disabled=${off()} data-testid="top-endcycle" onClick=${act("LOOP", "ENDCYCLE")}>End cycle</button>
      <button disabled=${off()} data-testid="top-resume" onClick=${act("LOOP", "RESUME")}>Resume</button>`
      : html`<button disabled=${off()} data-testid="top-pause" onClick=${act("LOOP", "PAUSE")}>Pause</button>`}</span>`;
}

function Clock() {
  const { clock } = stats.value;
  if (!clock || loaded.value) return null;
  return html`<span class=${cls("group", clock.stopped && "stopped")} data-testid="clock" data-stopped=${!!clock.stopped}><span>clock <b>${clock.stopped ? "stopped" : "runs"}</b></span>
    ${clock.stopped ? html`<button disabled=${off()} data-testid="top-advance" onClick=${act("CLOCK", "ADVANCE", "1000")}>+1 s</button>
      <button disabled=${off()} data-testid="top-run" onClick=${act("CLOCK", "RUN")}>Run</button>`
      : html`<button disabled=${off()} data-testid="top-stop" onClick=${act("CLOCK", "STOP")}>Stop</button>`}</span>`;
}
