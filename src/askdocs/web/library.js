// Runs once in the browser, as the script of the component that files are dropped on: `element`, `trigger`, `upload` and
// `watch` are Gradio's. In: what is typed above the list, files that are dropped. Out: events for the server.
// Events for the server: "filter" "take" "remove" "rebuild" "look" "built".

const byId = (id) => document.getElementById(id);

// The components of the page arrive one after the other, in no certain order.
async function present(...ids) {
  while (!ids.every(byId)) await new Promise((later) => setTimeout(later, 10));
}

async function begin() {
  await present("library", "reading", "wanted", "state");

  const library = byId("library");

  // --- the form above the list -----------------------------------------------------------------------------------------

  let soon = 0;

  function chosen() {
    const form = byId("wanted").querySelector("form");
    const sent = Object.fromEntries(["words", "since", "until", "order"].map((name) => [name, form.elements[name].value]));
    sent.outlets = [...form.querySelectorAll("[name=outlet]:checked")].map((one) => one.value);
    const names = sent.outlets.length > 1 ? `${sent.outlets.length} outlets` : sent.outlets[0];
    const summary = form.querySelector("summary");
    if (summary) summary.textContent = names || "All outlets";
    return sent;
  }

  byId("wanted").addEventListener("input", () => {
    clearTimeout(soon);
    soon = setTimeout(() => trigger("filter", chosen()), 120);
  });
  byId("wanted").addEventListener("submit", (event) => event.preventDefault());

  // --- files -----------------------------------------------------------------------------------------------------------

  // Written as text, never as markup: a file's name may hold anything.
  function tell(name, words) {
    const row = document.createElement("li");
    const parts = [name, words].map((text, place) => {
      const part = document.createElement("span");
      part.className = place ? "words" : "name";
      part.textContent = text;
      return part;
    });
    row.append(...parts);
    element.querySelector(".sending").append(row);
    return (later) => (parts[1].textContent = later);
  }

  let busy = false;

  async function send(files) {
    const drop = element.querySelector(".drop");
    if (!drop || busy || !files.length) return;
    busy = true;
    element.querySelector(".outcomes")?.remove();
    const most = { files: Number(drop.dataset.files), bytes: Number(drop.dataset.bytes) };
    const taken = [];
    for (const [place, file] of [...files].entries()) {
      const progress = tell(file.name, "waiting");
      if (place >= most.files) progress(`not sent: more than ${most.files} files at a time`);
      else if (file.size > most.bytes) progress(`not sent: larger than ${most.bytes / 2 ** 20} MB`);
      else {
        progress("sending…");
        try {
          const { path } = await upload(file);
          taken.push({ name: file.name, path });
          progress("sent, being read…");
        } catch {
          progress("not sent: the server did not take it");
        }
      }
    }
    busy = false;
    if (taken.length) trigger("take", { files: taken });
  }

  element.addEventListener("change", async (event) => {
    await send(event.target.files ?? []);
    event.target.value = ""; // so that the same file can be chosen once more
  });
  for (const over of ["dragenter", "dragover"]) {
    document.addEventListener(over, (event) => {
      if (!element.querySelector(".drop") || !event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      document.body.classList.add("dragging");
    });
  }
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) document.body.classList.remove("dragging");
  });
  document.addEventListener("drop", (event) => {
    document.body.classList.remove("dragging");
    if (!element.querySelector(".drop") || !event.dataTransfer?.files.length) return;
    event.preventDefault();
    byId("reading").querySelector('[data-tab="library"]').click();
    send(event.dataTransfer.files);
  });

  // --- removing and building -------------------------------------------------------------------------------------------

  library.addEventListener("click", (event) => {
    const button = event.target.closest('[data-do="remove"], [data-do="rebuild"]');
    if (button?.dataset.do === "rebuild") trigger("rebuild");
    else if (button?.dataset.sure) trigger("remove", { article: button.dataset.article });
    else if (button) {
      button.dataset.sure = "true"; // the first click asks, the second removes
      button.textContent = "Remove for everyone?";
      button.addEventListener("blur", () => {
        delete button.dataset.sure;
        button.textContent = "Remove";
      });
    }
  });

  // While an index is built its state is asked for; when it is done, the list and what else changed.
  let built = "";
  let next = 0;
  function look() {
    const state = byId("state").querySelector(".state");
    if (!state) return;
    const before = built;
    built = state.dataset.built;
    if (before && before !== built) trigger("built");
    if (state.dataset.building === "true") {
      clearTimeout(next); // one at a time, whatever asked last
      next = setTimeout(() => trigger("look"), 1_500); // each look counts as a call of this client
    }
  }
  // One that the server refuses changes nothing here, so it is asked for anew.
  setInterval(() => {
    if (byId("state").querySelector('.state[data-building="true"]')) trigger("look");
  }, 5_000);
  new MutationObserver(look).observe(byId("state"), { childList: true, subtree: true });
  look();
}

begin();
