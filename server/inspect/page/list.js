// The list of events: each with its number, time and line, as the filter lets them through.
import { html, cls, useMemo, useRef, useEffect, useLayoutEffect } from "./ui.js";
import { shown, version, filter, until, selected, follow, select } from "./store.js";
import { plain, clock } from "./bytes.js";
import { List } from "./virtual.js";
import { listen, use } from "./keys.js";

const rowHeight = 20;

// Matches keeps the events that fulfil the filter, as they come.
class Matches {
  constructor(recording, match, until) {
    Object.assign(this, { recording, match, until, list: [], next: 0, base: 0 });
  }

  update() {
    const { events, first } = this.recording;
    let n = 0;
    while (n < this.list.length && this.list[n].id < first) n++;
    if (n) this.list.splice(0, n);
    this.base += n;
    for (let i = this.recording.index(this.next + 1); i < events.length && events[i].id <= this.until; i++) {
      if (this.match(events[i])) this.list.push(events[i]);
      this.next = events[i].id;
    }
    return this;
  }

  index(id) {
    let low = 0, high = this.list.length;
    while (low < high) {
      const mid = (low + high) >> 1;
      if (this.list[mid].id < id) low = mid + 1;
      else high = mid;
    }
    return low;
  }
}

export function Events() {
  const recording = shown.value;
  const { match } = filter.value;
  const matches = useMemo(() => new Matches(recording, match, until.value), [recording, match, until.value]);
  version.value;
  const { list, base } = matches.update();
  const view = useRef(null);
  const at = matches.index(selected.value);
  const here = list[at]?.id === selected.value;

  useLayoutEffect(() => {
    if (here && !follow.value) view.current.centre(at);
  }, [selected.value, here, matches]);
  useEffect(() => listen("list", {
    move(n) {
      const i = Math.max(0, Math.min(list.length - 1, at + (here || n < 0 ? n : n - 1)));
      if (!list[i]) return;
      select(list[i].id, { jump: true });
      view.current.reveal(i);
    },
  }));

  const row = (i) => {
    const e = list[i];
    return html`<div key=${e.id} id=${"event-" + e.id} role="option" aria-selected=${e.id === selected.value} data-testid="event-row" data-event=${e.id}
      class=${cls("event", e.kind.replace(/ /g, "-"), e.suppressed && "unsent", e.id === selected.value && "chosen")}
      style=${{ top: i * rowHeight + "px" }} onClick=${() => select(e.id, { jump: true })}>
      <span class="number">${e.id}</span><time>${clock(e.at, 6)}</time><span class="kind">${e.kind}</span>
      <span class="said">${plain(e.line).slice(0, 400)}</span>
    </div>`;
  };
  return html`<div class="events" onFocusIn=${() => use("list")} onFocusOut=${() => use("diagram")} data-testid="events">
    <${List} count=${list.length} base=${base} height=${rowHeight} following=${follow} row=${row} view=${view}
      label="Events" testid="events-scroller" aria-activedescendant=${here && view.current && at >= view.current.from && at < view.current.to ? "event-" + selected.value : undefined}/>
  </div>`;
}
