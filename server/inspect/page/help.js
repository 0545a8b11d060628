// What to do first, and what the keys do.
import { html, useEffect, useRef } from "./ui.js";
import { helpOpen } from "./store.js";

const keys = [
  ["j k ↑ ↓", "next, previous row"], ["g G", "first row; follow the newest"], ["c", "go to the cause"], ["e", "go to the first effect"],
  ["[ ]", "previous, next effect of the same cause"], ["→ ←", "unfold, fold a run"], ["/", "filter"], ["Space", "pause and resume the view"],
  ["1 … 8", "tabs of the lower panel"], ["d", "open and close the lower panel"], ["t", "dark, light, as the system has it"], ["Esc", "choose nothing; leave a field"], ["?", "this help"],
];

const signs = [
  ["command", "a command goes into the server; its reply stands behind the arrow if nothing came between"],
  ["push", "an invalidation, sent"], ["unsent", "an invalidation that is not sent, with its reason and rule"],
  ["waits", "an invalidation that waits: for a reply, or since a fault holds it"], ["fault", "a fault begins or ends"],
];

export function Help() {
  const ref = useRef(null);
  useEffect(() => {
    if (helpOpen.value) ref.current?.showModal();
    else ref.current?.close();
  }, [helpOpen.value]);
  return html`<dialog ref=${ref} class="help" aria-labelledby="help-title" data-testid="help" onClose=${() => (helpOpen.value = false)}>
    <h2 id="help-title">Keys and signs</h2>
    <dl>${keys.map(([k, text]) => html`<dt key=${k}>${k.split(" ").map((x) => html`<kbd key=${x}>${x}</kbd> `)}</dt><dd>${text}</dd>`)}</dl>
    <dl class="signs">${signs.map(([type, text]) => html`<dt key=${type}><span class=${"sign " + type}></span></dt><dd>${text}</dd>`)}</dl>
    <p>Filter, for example: <code>key:user:* client:7 kind:push not-sent</code>. <code>-command:ping</code> leaves PING out.</p>
    <p>Every control is a TATTLE command: what the page does, redis-cli can do. <code>TATTLE HELP</code> lists them.</p>
    <form method="dialog"><button autofocus data-testid="help-close">Close</button></form>
  </dialog>`;
}

// FirstUse stands where the diagram will be, until something happens.
export function FirstUse() {
  return html`<div class="first" data-testid="first-use">
    <h2>Nothing has happened yet</h2>
    <p>Connect a client, and its commands, replies and invalidations appear here. With two terminals:</p>
    <div class="terminals">
      <pre><b># a caches a key</b>${`
$ redis-cli -3
> CLIENT TRACKING ON
> GET user:1`}</pre>
      <pre><b># b changes it</b>${`
$ redis-cli
> SET user:1 Ann
> SET user:1 Bob`}</pre>
    </div>
    <p>The first <code>SET</code> tells <i>a</i>. The second tells nobody: <i>a</i> no longer holds the key. Or open the Console below (<kbd>5</kbd>) and type as a client of this page.</p>
  </div>`;
}
