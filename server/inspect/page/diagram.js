// The diagram: a column for each connection, time downwards. Commands go left into the server's
// line, replies and pushes come out of it. Beside the line stands what tracking did, and at
// the far left what disturbed it: faults and the clock.
import { html, cls, useMemo, useRef, useLayoutEffect, useEffect, signal } from "./ui.js";
import { shown, version, filter, fold, details, until, selected, follow, select, live, loaded, who, filterText } from "./store.js";
import { clock } from "./bytes.js";
import { Rows } from "./rows.js";
import { useWindow } from "./virtual.js";
import { listen } from "./keys.js";
import { FirstUse } from "./help.js";
import { known, mode } from "./stats.js";

const rowHeight = 22;
const headHeight = 44;
const widest = 220, narrowest = 92; // of a column, in px
const room = 110; // for the text of the last column
const letter = 7.25; // width of a letter, in px
const most = 200; // columns

// counts is what the view shows: for the bar below the filter.
export const counts = signal({ rows: 0, of: 0, columns: 0 });

function useRows() {
  const recording = shown.value;
  const { match } = filter.value;
  const rows = useMemo(
    () => new Rows(recording, { match, foldBy: fold.value, details: details.value, until: until.value }),
    [recording, match, fold.value, details.value, until.value],
  );
  return version.value >= 0 && rows.update();
}

// lights are the entries of the causes and effects of the chosen event, and the pairs to join.
function lights(rows, recording, id) {
  const lit = new Map(), edges = [];
  if (!id || !recording.find(id)) return { lit, edges };
  const add = (e, how) => {
    const entry = rows.entryAt(e.id);
    if (entry && !lit.has(entry)) lit.set(entry, how);
  };
  const causes = recording.causes(id), effects = recording.caused(id);
  add(recording.find(id), "chosen");
  causes.forEach((e) => add(e, "cause"));
  effects.forEach((e) => add(e, "effect"));
  const family = new Set([id, ...causes.map((e) => e.id)]);
  for (const e of [recording.find(id), ...causes, ...effects]) {
    for (const cause of [e.by, e.fault]) {
      if (!cause || (!family.has(cause) && !effects.some((x) => x.id === cause))) continue;
      const from = rows.entryAt(cause), to = rows.entryAt(e.id);
      if (from && to && from !== to) edges.push([rows.position(from), rows.position(to), e.suppressed]);
    }
  }
  return { lit, edges };
}

export function Diagram() {
  const rows = useRows();
  const recording = shown.value;
  const { entries } = rows;
  const order = rows.order().slice(-most);
  const w = useWindow({ count: entries.length, base: rows.base, height: rowHeight, header: headHeight, following: follow });
  const list = useRef(null);

  const slim = w.wide < 900;
  const track = slim ? 0 : 160, fixed = 122 + 60 + track + 26;
  const column = Math.max(narrowest, Math.min(widest, (w.wide - fixed - room) / Math.max(1, order.length)));
  const total = Math.max(w.wide, fixed + order.length * column + room);
  const place = new Map(order.map((id, i) => [id, i]));
  const { lit, edges } = useMemo(() => lights(rows, recording, selected.value), [selected.value, rows, entries.length, version.value]);

  useEffect(() => {
    counts.value = { rows: entries.length, of: recording.events.length, columns: rows.columns.size };
  }, [entries.length, recording.events.length, rows.columns.size]);

  const centred = useRef("");
  useLayoutEffect(() => { // once it is there: it may come after its address
    const entry = rows.entryAt(selected.value);
    if (!entry || centred.current === selected.value + rows.number) return;
    centred.current = selected.value + rows.number;
    if (!follow.value) w.centre(rows.position(entry));
  });

  const move = (n) => {
    const entry = rows.entryAt(selected.value);
    const at = entry ? rows.position(entry) : n > 0 ? w.from - 1 : w.to;
    const i = Math.max(0, Math.min(entries.length - 1, Number.isFinite(n) ? at + n : n > 0 ? entries.length - 1 : 0));
    if (!entries[i]) return;
    select(entries[i].rows[0].id, { jump: true });
    w.reveal(i);
  };
  const unfold = (on) => {
    const entry = rows.entryAt(selected.value);
    if (!entry) return;
    const first = entry.rows[0].id;
    if (on && entry.times > 1) toggle(rows, entry);
    else if (!on) for (let i = rows.position(entry); i >= 0; i--) {
      if (rows.opened.has(rows.entries[i].rows[0].id)) return toggle(rows, rows.entries[i]);
      if (rows.entries[i].rows[0].client !== entry.rows[0].client) return;
    }
    return first;
  };
  useEffect(() => listen("diagram", { move, unfold }));

  const drawn = [];
  for (let i = w.from; i < w.to; i++) {
    drawn.push(html`<${Row} key=${entries[i].rows[0].id} rows=${rows} i=${i} place=${place} lit=${lit.get(entries[i])} chosen=${selected.value} slim=${slim}
      left=${fixed} lane=${fixed + (place.get(entries[i].rows[0].client) + 0.35) * column} edge=${w.left + w.wide}/>`);
  }
  const style = { "--col": column + "px", "--track": track + "px", width: total + "px" };
  const active = rows.entryAt(selected.value);
  const inSight = (entry) => entry && rows.position(entry) >= w.from && rows.position(entry) < w.to;
  return html`<section class="diagram" aria-label="Diagram" data-testid="diagram">
    ${entries.length === 0 && html`<${Empty} recording=${recording}/>`}
    <div class="scroller" ref=${w.ref} ...${w.handlers} data-testid="diagram-scroller">
      <div class="canvas" style=${style}>
        <${Head} order=${order} recording=${recording} more=${rows.columns.size - order.length} slim=${slim} column=${column} left=${fixed}/>
        <div class="rows" role="listbox" tabindex="0" ref=${list} aria-label="Events, time downwards"
          aria-activedescendant=${inSight(active) ? "row-" + active.rows[0].id : undefined}
          data-testid="diagram-rows" style=${{ height: entries.length * rowHeight + "px" }}>
          <div class="lines" aria-hidden="true">
            <i class="server"></i>
            ${order.map((id, i) => html`<i key=${id} style=${{ "--i": i }} class=${cls(recording.clients.get(id)?.gone && "gone")}></i>`)}
          </div>
          ${drawn}
          <${Causes} edges=${edges} from=${w.from} to=${w.to}/>
        </div>
      </div>
    </div>
  </section>`;
}

function toggle(rows, entry) {
  const first = entry.rows[0].id;
  if (rows.opened.has(first)) rows.opened.delete(first);
  else rows.opened.add(first);
  rows.entries = [];
  rows.rowOf.clear();
  rows.base = rows.next = 0;
  rows.row = null;
  version.value++;
}

function Empty({ recording }) {
  if (!filter.value.empty && recording.events.length) {
    return html`<p class="empty" data-testid="diagram-empty">Nothing of ${recording.events.length} events fulfils the filter.</p>`;
  }
  return loaded.value ? html`<p class="empty" data-testid="diagram-empty">The recording is empty up to here.</p>` : html`<${FirstUse}/>`;
}

function Head({ order, recording, more, slim, column, left }) {
  const clients = order.map((id) => ({ id, name: "", mode: "", resp: 2, ...recording.clients.get(id), ...now(recording, id) }));
  return html`<div class="head">
    <div class="corner"><b class="c-time">time · cycle</b><b class="c-fault">fault · clock</b><b class="c-track">${!slim && "tracking"}</b></div>
    <b class="c-server">server</b>
    ${clients.map((c, i) => {
      const { id } = c;
      return html`<button key=${id} class=${cls("client", c.gone && "gone")} style=${{ "--i": i }} title=${headTitle(id, c)} data-testid="diagram-column" data-client=${id} onClick=${() => only(id)}>
        <b>${id === 0 ? "direct access" : c.name || "client " + id}</b>
        <span>${id !== 0 && `#${id}`} ${c.gone ? "gone" : c.mode ? `${c.mode}` : "no tracking"}</span>
      </button>`;
    })}
    ${more > 0 && html`<div class="client" style=${{ "--i": order.length }}><b>and ${more} more</b><span>older ones</span></div>`}
    <${Redirections} clients=${clients} x=${(i) => left + (i + 0.35) * column}/>
  </div>`;
}

// Redirections are arrows from who tracks to who is told.
function Redirections({ clients, x }) {
  const list = clients.flatMap((c, i) => {
    const to = clients.findIndex((t) => t.id === Number(/REDIRECT (\d+)/.exec(c.mode)?.[1]));
    return to >= 0 && !c.gone ? [{ i, to, broken: c.broken || clients[to].gone }] : [];
  });
  if (!list.length) return null;
  return html`<svg class="redirections" aria-hidden="true" width=${x(clients.length)} height="8">${list.map(({ i, to, broken }) => html`<g key=${i} class=${cls(broken && "broken")}>
    <path d=${`M${x(i)} 0 V5 H${x(to)} V2`}/><path class="tip" d=${`M${x(to)} 0 l-3 5 h6 z`}/></g>`)}</svg>`;
}

// now is what the server says of a client: it may have turned tracking on before the first event that the page has.
function now(recording, id) {
  const c = recording === live.value && known.value.find((x) => x.id === id);
  return c && { mode: mode(c), resp: c.resp, broken: c.flags.includes("broken_redirect") };
}

// only shows one client, or all again.
function only(id) {
  who.value = id;
  filterText.value = filterText.value === "client:" + id ? "" : "client:" + id;
}

const headTitle = (id, c) => `Show only this client, or all again\nclient ${id} ${c.name}\nRESP${c.resp}\n${c.gone ? "gone" : c.mode ? "tracking " + c.mode : "does not track"}`;

function Row({ rows, i, place, lit, chosen, ...room }) {
  const entry = rows.entries[i], before = rows.entries[i - 1];
  const row = entry.rows[0];
  const newCycle = !before || before.last.cycle !== row.cycle;
  const at = place.get(row.client);
  const here = entry.rows.some((r) => r.events.some((e) => e.id === chosen));
  const jump = before ? clockJump(before.last.at, row.at) : "";
  return html`<div id=${"row-" + row.id} role="option" aria-selected=${here}
    class=${cls("row", row.type, row.bad && "bad", newCycle && "new-cycle", entry.band && "odd", here && "chosen", lit && "lit", lit)}
    style=${{ top: i * rowHeight + "px" }} data-testid="diagram-row" data-event=${row.id} data-type=${row.type}
    onClick=${() => select(row.id, { jump: true })}>
    <div class="corner">
      <span class="c-time"><time>${clock(row.at, 3)}</time>${newCycle && html`<i title="cycle">${row.cycle}</i>`}</span>
      <span class="c-fault" title=${jump && "the server's clock went on by this"}>${row.type === "fault" ? html`<em class="bolt" title="fault">⚡</em>` : jump}</span>
      <span class="c-track">${!room.slim && html`<${Notes} row=${row}/>`}</span>
    </div>
    ${at != null && row.type !== "connection" && row.type !== "fault" && html`<span class="arrow" style=${{ "--i": at }}></span>`}
    ${(row.type !== "table" || room.slim) && html`<${Chip} row=${row} at=${at} entry=${entry} rows=${rows} ...${room}/>`}
  </div>`;
}

const Notes = ({ row }) => row.notes.map((n, k) => html`<span key=${k} class=${n.type} title=${n.text}>${n.text}</span>`);

// Chip is the text of a row, right of its client's line. Where that is out of sight, or the text would be, it moves left.
function Chip({ row, at, entry, rows, slim, left, lane, edge }) {
  const c = rows.recording.clients.get(row.client);
  const who = row.client ? c?.name || "client " + row.client : "server";
  const notes = slim ? row.notes.map((n) => n.text).join(" · ") : "";
  const letters = row.text.length + (row.answer?.length || 0) + row.reason.length + notes.length + (entry.times > 1 ? 6 : 0) + 4;
  const wanted = Math.min(letters * letter, 420);
  const away = lane + 5 + wanted > edge;
  const start = Math.max(left + 4, Math.min(lane + 5, edge - wanted - (away ? (who.length + 2) * letter : 0)));
  const style = row.type === "fault" ? {} : { left: (at == null ? left + 4 : start) + "px", maxWidth: edge - (at == null ? left : start) - 4 + "px" };
  return html`<span class="chip" style=${style}>
    ${away || row.type === "fault" && row.client > 0 ? html`<b>${who}: </b>` : html`<span class="vh">${who}, ${row.type}: </span>`}
    <span class="text">${row.text.slice(0, 300)}</span>
    ${row.answer != null && html`<span class="answer">→ ${row.answer.slice(0, 300)}</span>`}
    ${row.reason && html`<span class="reason">${row.reason}</span>`}
    ${slim && row.notes.length > 0 && html`<span class="c-track"><${Notes} row=${row}/></span>`}
    ${entry.times > 1 && html`<span class="times" title="show each (→)" data-testid="diagram-fold"
      onClick=${(e) => (e.stopPropagation(), toggle(rows, entry))}>×${entry.times}</span>`}
  </span>`;
}

// clockJump says that the server's clock has gone on by a second or more, or back.
function clockJump(before, at) {
  const ms = Date.parse(at) - Date.parse(before);
  if (Math.abs(ms) < 1000 && ms >= 0) return "";
  if (ms > -1000 && ms < 0) return `−${-ms} ms`;
  const s = Math.abs(ms) / 1000;
  return (ms < 0 ? "−" : "+") + (s < 100 ? s.toFixed(1) + " s" : s < 6000 ? Math.round(s / 60) + " min" : Math.round(s / 3600) + " h");
}

// Causes joins each lit row with its cause, beside the server's line.
function Causes({ edges, from, to }) {
  if (!edges.length) return null;
  const y = (i) => i * rowHeight + rowHeight / 2;
  const list = edges.filter(([a, b]) => Math.max(a, b) >= from && Math.min(a, b) <= to).slice(0, 200);
  return html`<svg class="causes" aria-hidden="true" width="26" height="100%">
    ${list.map(([a, b, unsent]) => {
      const bulge = 26 - Math.min(24, 6 + Math.abs(b - a) * 2) ;
      return html`<path key=${a + "-" + b} class=${cls(unsent && "unsent")} d=${`M25 ${y(a)} C${bulge} ${y(a)} ${bulge} ${y(b)} 23 ${y(b)}`}/>
        <path class="tip" d=${`M25 ${y(b)} l-6 -3.5 v7 z`}/>`;
    })}
  </svg>`;
}
