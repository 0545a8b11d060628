// The filter box with what may come next, and how the diagram shows what is left.
import { html, cls, useState, useRef } from "./ui.js";
import { filterText, filter, shown, fold, details, follow, version } from "./store.js";
import { suggest } from "./filter.js";
import { counts } from "./diagram.js";

export function FilterBar() {
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(-1);
  const input = useRef(null);
  const text = filterText.value, { error } = filter.value;
  const list = open ? suggest(text, shown.value) : [];
  const take = (s) => {
    filterText.value = text.replace(/\S*$/, s.text) + (s.text.endsWith(":") ? "" : " ");
    setAt(-1);
    input.current.focus();
  };
  const onKeyDown = (e) => {
    if (e.key === "Escape") return setOpen(false);
    if (!list.length) return;
    if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      e.preventDefault();
      setAt((at + (e.key === "ArrowDown" ? 1 : list.length + (at < 0 ? 0 : -1))) % list.length);
    } else if ((e.key === "Tab" && at >= 0) || (e.key === "Enter" && at >= 0)) {
      e.preventDefault();
      take(list[at]);
    }
  };
  return html`<div class="filterbar" role="search">
    <div class="combo">
      <input id="filter" ref=${input} type="text" value=${text} placeholder="Filter: key:user:* client:7 kind:push not-sent" aria-label="Filter"
        role="combobox" aria-expanded=${list.length > 0} aria-controls="suggestions" aria-autocomplete="list" aria-invalid=${!!error}
        aria-activedescendant=${at >= 0 && list[at] ? "suggestion-" + at : undefined} aria-describedby="filter-error" autocomplete="off" spellcheck=${false} data-testid="filter"
        onInput=${(e) => ((filterText.value = e.target.value), setOpen(true), setAt(-1))}
        onFocus=${() => setOpen(true)} onBlur=${() => setOpen(false)} onKeyDown=${onKeyDown}/>
      ${text && html`<button class="clear" aria-label="Clear the filter" data-testid="filter-clear" onClick=${() => (filterText.value = "")}>×</button>`}
      <ul id="suggestions" role="listbox" aria-label="What may come next" hidden=${!list.length} data-testid="suggestions">
        ${list.map((s, i) => html`<li key=${s.text} id=${"suggestion-" + i} role="option" aria-selected=${i === at} class=${cls(i === at && "at")}
          onMouseDown=${(e) => (e.preventDefault(), take(s))}><code>${s.text}</code> <span>${s.hint}</span></li>`)}
      </ul>
      <span id="filter-error" class="error" role="status" data-testid="filter-error">${error}</span>
    </div>
    <span class="count" data-testid="counts">${counts.value.rows} rows of ${counts.value.of} events</span>
    <label>Fold <select value=${fold.value} data-testid="fold" onChange=${(e) => (fold.value = e.target.value)}>
      <option value="off">nothing</option><option value="same">the same</option><option value="alike">alike</option></select></label>
    <label title="expired, evicted and gathered keys have rows of their own"><input type="checkbox" checked=${details.value} data-testid="details" onChange=${(e) => (details.value = e.target.checked)}/> table rows</label>
    <label><input type="checkbox" checked=${follow.value} data-testid="follow" onChange=${(e) => (follow.value = e.target.checked)}/> follow</label>
  </div>`;
}
