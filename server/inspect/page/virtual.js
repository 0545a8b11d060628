// A list that draws only the rows in sight. It keeps its place when rows leave at the top, and
// stays at the end while it follows.
import { html, useLayoutEffect, useRef, useState } from "./ui.js";

// useWindow measures a scroller and returns which of count rows are in sight.
//   base: how many rows have left at the top so far; following: a signal.
export function useWindow({ count, base = 0, height, header = 0, following }) {
  const ref = useRef(null);
  const [place, setPlace] = useState({ top: 0, left: 0, tall: 600, wide: 900 });
  const before = useRef({ base, height: 0 });

  useLayoutEffect(() => {
    const measure = () => setPlace((p) => ({ ...p, tall: ref.current.clientHeight, wide: ref.current.clientWidth }));
    const observer = new ResizeObserver(measure);
    observer.observe(ref.current);
    measure();
    return () => observer.disconnect();
  }, []);

  useLayoutEffect(() => {
    const el = ref.current;
    const gone = base - before.current.base;
    before.current.base = base;
    if (following?.value) el.scrollTop = el.scrollHeight;
    else if (gone > 0) el.scrollTop = Math.max(0, el.scrollTop - gone * height);
    if (el.scrollTop !== place.top) setPlace((p) => ({ ...p, top: el.scrollTop }));
  }, [count, base, following?.value, place.tall]);

  const onScroll = () => {
    const el = ref.current;
    setPlace((p) => (p.top === el.scrollTop && p.left === el.scrollLeft ? p : { ...p, top: el.scrollTop, left: el.scrollLeft }));
    if (following && !following.value && el.scrollTop + el.clientHeight >= el.scrollHeight - 2) following.value = true;
  };
  // Only a person's own scrolling ends the following, never a row that comes.
  const onWheel = (e) => {
    if (e.deltaY < 0 && following) following.value = false;
  };
  const onPointerDown = (e) => {
    if (following && e.target === ref.current) following.value = false; // the scroll bar
  };
  const reveal = (i) => {
    const el = ref.current;
    const tall = el.clientHeight - header;
    if (i * height < el.scrollTop) el.scrollTop = Math.max(0, i * height - height);
    else if ((i + 1) * height > el.scrollTop + tall) el.scrollTop = (i + 2) * height - tall;
  };
  const centre = (i) => {
    const el = ref.current;
    const tall = el.clientHeight - header;
    if (i * height < el.scrollTop || (i + 1) * height > el.scrollTop + tall) el.scrollTop = Math.max(0, i * height - tall / 2);
  };
  const from = Math.max(0, Math.floor(place.top / height) - 2);
  const to = Math.min(count, Math.ceil((place.top + place.tall) / height) + 2);
  return { ref, from, to, wide: place.wide, left: place.left, reveal, centre, handlers: { onScroll, onWheel, onPointerDown } };
}

// List draws rows of one height. row(i) draws one of them.
export function List({ count, base, height, following, row, label, testid, view, ...rest }) {
  const w = useWindow({ count, base, height, following });
  if (view) view.current = w;
  const rows = [];
  for (let i = w.from; i < w.to; i++) rows.push(row(i));
  return html`<div class="scroller" ref=${w.ref} ...${w.handlers} data-testid=${testid}>
    <div role="listbox" tabindex="0" aria-label=${label} class="rows" style=${{ height: count * height + "px" }} ...${rest}>${rows}</div>
  </div>`;
}
