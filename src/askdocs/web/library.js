// Runs once in the browser, as the script of the component that files are dropped on: `element` and `trigger` are
// Gradio's. In: what is typed above the list, files that are dropped. Out: events for the server.
// Events for the server: "filter" "leaf" "take" "remove" "rebuild" "look" "built".

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

  // Another page of the list is read from its beginning, and whoever turned it can turn on.
  const leaves = () => byId("shelf").querySelector(".leaves")?.textContent;
  let turned = null;
  byId("wanted").addEventListener("input", () => (byId("shelf").scrollTop = 0));
  new MutationObserver(() => {
    if (!turned || leaves() === turned.from) return; // something else changed
    const [where, way] = turned.way.split(" ");
    turned = null;
    byId("shelf").scrollTop = 0;
    const steps = [...byId("shelf").querySelectorAll(`[data-way^="${where}"]:not(:disabled)`)];
    const step = steps.find((one) => one.dataset.way.endsWith(way)) ?? steps[0];
    step?.focus({ preventScroll: true });
  }).observe(byId("shelf"), { childList: true, subtree: true, characterData: true });

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
    return (later, ...more) => parts[1].replaceChildren(later, ...more);
  }

  // How far a file is: seen, and not spoken at every step of it.
  function bar() {
    const [progress, percent] = ["progress", "span"].map((kind) => document.createElement(kind));
    percent.setAttribute("aria-hidden", "true");
    progress.setAttribute("aria-label", "Sent so far");
    const set = (share) => {
      progress.value = share;
      percent.textContent = `${Math.floor(100 * share)} %`;
    };
    set(0);
    return { parts: [progress, percent], set };
  }

  // Gradio's route, and a request of our own: it tells how much of a file is sent.
  function post(file, sent) {
    const { root, api_prefix: prefix } = window.gradio_config;
    const form = new FormData();
    form.append("files", file);
    return new Promise((taken, refused) => {
      const request = new XMLHttpRequest();
      request.upload.addEventListener("progress", (now) => now.lengthComputable && sent(now.loaded / now.total));
      request.addEventListener("load", () => {
        if (request.status === 200) taken(JSON.parse(request.responseText)[0]);
        else refused(request.status === 413 ? "larger than is taken here" : "the server did not take it");
      });
      request.addEventListener("error", () => {
        document.dispatchEvent(new CustomEvent("unreachable"));
        refused("the connection was lost. Choose it again when askdocs is back");
      });
      request.open("POST", `${root}${prefix}/upload`);
      request.send(form);
    });
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
        const { parts, set } = bar();
        progress("sending ", ...parts);
        try {
          taken.push({ name: file.name, path: await post(file, set) });
          progress("sent, being read…");
        } catch (why) {
          progress(`not sent: ${why}`);
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
    const button = event.target.closest('[data-do="leaf"], [data-do="remove"], [data-do="rebuild"]');
    if (button?.dataset.do === "leaf") {
      turned = { way: button.dataset.way, from: leaves() };
      trigger("leaf", { page: button.dataset.page });
    } else if (button?.dataset.do === "rebuild") trigger("rebuild");
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
