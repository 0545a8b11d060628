// The lower panel with its tabs.
import { html, cls, useRef } from "./ui.js";
import { tab, dockOpen, loaded, kept } from "./store.js";
import { tabs } from "./keys.js";
import { Events } from "./list.js";
import { Hears } from "./hears.js";
import { Clients } from "./clients.js";
import { Table } from "./tree.js";
import { Prefixes } from "./prefixes.js";
import { Console } from "./console.js";
import { Intercept } from "./intercept.js";
import { Compare } from "./compare.js";
import { ClientsThen, TableThen, OnlyLive } from "./replayed.js";

const height = kept("dock", 260);

// then are the panels of a recording; one that is not among them asks the running server.
const then = { clients: ClientsThen, table: TableThen, events: Events, compare: Compare };

const panels = {
  clients: ["Clients", Clients], table: ["Table", Table], prefixes: ["Prefixes", Prefixes], events: ["Events", Events],
  console: ["Console", Console], intercept: ["Intercept", Intercept], hears: ["Who hears?", Hears], compare: ["Compare", Compare],
};

export function Dock() {
  const open = dockOpen.value;
  const Panel = loaded.value ? then[tab.value] || OnlyLive : panels[tab.value][1];
  const choose = (t) => ((tab.value = t), (dockOpen.value = true));
  const onKeyDown = (e) => {
    const n = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
    if (!n) return;
    const next = tabs[(tabs.indexOf(tab.value) + n + tabs.length) % tabs.length];
    choose(next);
    document.getElementById("tab-" + next).focus();
  };
  return html`<section class=${cls("dock", !open && "closed")} aria-label="Panels" style=${open ? { height: height.value + "px" } : {}} data-testid="dock">
    ${open && html`<${Handle}/>`}
    <div class="tabs">
      <div role="tablist" aria-label="Panels" onKeyDown=${onKeyDown}>
        ${tabs.map((t) => html`<button key=${t} role="tab" id=${"tab-" + t} aria-selected=${open && t === tab.value} aria-controls="panel" tabindex=${t === tab.value ? 0 : -1}
          data-testid=${"tab-" + t} onClick=${() => choose(t)}>${panels[t][0]}</button>`)}
      </div>
      <button class="fold" aria-expanded=${open} aria-label=${open ? "Close the panel" : "Open the panel"} data-testid="dock-toggle" onClick=${() => (dockOpen.value = !open)}>${open ? "▾" : "▴"}</button>
    </div>
    ${open && html`<div id="panel" role="tabpanel" tabindex="0" aria-labelledby=${"tab-" + tab.value} data-testid=${"panel-" + tab.value}><${Panel}/></div>`}
  </section>`;
}

// Handle changes the height, by mouse or with the arrow keys.
function Handle() {
  const set = (h) => (height.value = Math.round(Math.max(120, Math.min(window.innerHeight - 260, h))));
  const drag = useRef(null);
  return html`<div class="handle" role="separator" tabindex="0" aria-orientation="horizontal" aria-label="Height of the panel" aria-valuenow=${height.value} aria-valuemin="120" aria-valuemax=${window.innerHeight - 260}
    onKeyDown=${(e) => {
      const n = { ArrowUp: 20, ArrowDown: -20 }[e.key];
      if (n) e.preventDefault(), set(height.value + n);
    }}
    onPointerDown=${(e) => (e.target.setPointerCapture(e.pointerId), (drag.current = { y: e.clientY, h: height.value }))}
    onPointerMove=${(e) => drag.current && set(drag.current.h + drag.current.y - e.clientY)}
    onPointerUp=${() => (drag.current = null)}></div>`;
}
