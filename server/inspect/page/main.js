// The page: the bar at the top, the filter, the diagram with the detail beside it, the panels below.
import { html, render } from "./ui.js";
import { readAddress, load } from "./store.js";
import { open as openStream } from "./stream.js";
import { start as startKeys } from "./keys.js";
import { TopBar, Waiter, Notice } from "./topbar.js";
import { FilterBar } from "./filterbar.js";
import { Diagram } from "./diagram.js";
import { Detail } from "./detail.js";
import { Dock } from "./dock.js";
import { Help } from "./help.js";
import { Replay, open as openFiles } from "./files.js";

function Page() {
  return html`<${TopBar}/>
    <main>
      <${FilterBar}/>
      <${Waiter}/><${Replay}/>
      <div class="stage"><${Diagram}/><${Detail}/></div>
      <${Dock}/>
    </main>
    <${Notice}/><${Help}/>`;
}

render(html`<${Page}/>`, document.getElementById("app"));
startKeys();
openStream();
addEventListener("hashchange", readAddress);

// A recording that is dropped on the page is loaded.
addEventListener("dragover", (e) => e.preventDefault());
addEventListener("drop", async (e) => {
  e.preventDefault();
  const [recording] = await openFiles(e.dataTransfer.files);
  if (recording) load(recording);
});
