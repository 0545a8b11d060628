// The few words of preact, htm and signals that the page uses, under one roof.
import { h, render } from "preact";
import htm from "htm";

export { render };
export { useEffect, useLayoutEffect, useRef, useState, useMemo } from "preact/hooks";
export { signal, computed, effect, batch, useSignal } from "@preact/signals";

export const html = htm.bind(h);

// cls joins the names of classes that hold: cls("row", lit && "lit").
export const cls = (...names) => names.filter(Boolean).join(" ");
