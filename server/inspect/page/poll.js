// Answers of TATTLE that a panel keeps up to date while it is seen.
import { html, useEffect, useRef, useState } from "./ui.js";
import { connection, loaded } from "./store.js";

// usePoll asks again each so many milliseconds, and at once when deps change; ask returns a
// promise, or null for nothing. It returns {reply, error, again}.
export function usePoll(ask, deps, every) {
  const [answer, setAnswer] = useState({});
  const again = useRef(() => {});
  useEffect(() => {
    let timer, over = false;
    const run = async () => {
      clearTimeout(timer);
      if (!document.hidden && connection.value.state === "live" && !loaded.value) {
        try {
          const reply = await ask();
          if (!over) setAnswer({ reply });
        } catch (err) {
          if (!over) setAnswer((a) => ({ reply: a.reply, error: err.message }));
        }
      }
      if (!over && every) timer = setTimeout(run, every);
    };
    again.current = run;
    run();
    return () => ((over = true), clearTimeout(timer));
  }, [...deps, connection.value.state, loaded.value]);
  return { ...answer, again: () => again.current() };
}

export const Problem = ({ error }) => (error ? html`<p class="problem" role="alert">${error}</p>` : null);
