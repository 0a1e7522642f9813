// Runs once in the browser, as the script of the component that files are dropped on: `element` and `trigger` are
// Gradio's. In: what is typed above the list, files that are dropped. Out: events for the server.
// Events for the server: "filter" "leaf" "form" "take" "remove" "rebuild" "forget" "look" "built".

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
  // What is being typed is not shown anew under the fingers: the form waits until it is left.
  let outdated = false;
  const typing = () => byId("wanted").contains(document.activeElement);
  byId("wanted").addEventListener("focusout", () => {
    setTimeout(() => {
      if (!outdated || typing()) return;
      outdated = false;
      trigger("form");
    }, 400); // after what was typed last is filtered by
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

  // Files are sent and read batch by batch, and what is dropped meanwhile stands in line. This place is shown anew with
  // what became of a batch, so what else it is to show is kept here: the rows of files that are on their way or were not
  // sent, and what became of the batches before.
  const line = [];
  let batch = null;
  let count = 0;
  let awaited = ""; // the number of the batch that is being read
  let rows = [];
  let outcomes = [];

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
    rows.push(row);
    element.querySelector(".sending").append(row);
    return { row, progress: (later, ...more) => parts[1].replaceChildren(later, ...more) };
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

  function send(files) {
    if (!element.querySelector(".drop") || !files.length) return;
    if (!batch) dismiss();
    line.push([...files].map((file) => ({ file, ...tell(file.name, "waiting") })));
    if (!batch) sendNext();
  }

  // Put away what became of files; those on their way stay.
  function dismiss() {
    element.querySelector(".outcomes")?.remove();
    outcomes = [];
    if (batch) return;
    for (const row of rows) row.remove();
    rows = [];
  }

  async function sendNext() {
    batch = line.shift() ?? null;
    if (!batch) return;
    const { files: most, bytes } = element.querySelector(".drop").dataset;
    const taken = [];
    for (const [place, one] of batch.entries()) {
      const { file, progress } = one;
      if (place >= Number(most)) progress(`not sent: more than ${most} files at a time`);
      else if (file.size > Number(bytes)) progress(`not sent: larger than ${Number(bytes) / 2 ** 20} MB`);
      else {
        const { parts, set } = bar();
        progress("sending ", ...parts);
        try {
          taken.push({ name: file.name, place: await post(file, set) });
          progress("sent, being read…");
          one.sent = true;
        } catch (why) {
          progress(`not sent: ${why}`);
        }
      }
    }
    if (!taken.length) return sendNext();
    awaited = String(++count);
    outcomes = [...element.querySelectorAll(".outcomes li")].map((one) => one.cloneNode(true));
    for (const one of outcomes) one.dataset.earlier = "true";
    trigger("take", { files: taken, number: awaited });
  }

  // Gradio makes what is shown into what comes, element by element: nothing of ours in between stays as it was.
  new MutationObserver(() => {
    const [sending, became] = [".sending", ".outcomes"].map((part) => element.querySelector(part));
    if (!sending) return;
    const done = awaited !== "" && element.querySelector(".adding").dataset.number === awaited;
    if (done) rows = rows.filter((row) => !batch.some((one) => one.sent && one.row === row));
    if (done || rows.some((row) => !row.isConnected)) sending.replaceChildren(...rows);
    if (became && became.querySelectorAll("[data-earlier]").length !== outcomes.length) {
      for (const one of became.querySelectorAll("[data-earlier]")) one.remove();
      became.prepend(...outcomes.map((one) => one.cloneNode(true)));
    }
    if (!done) return;
    awaited = "";
    sendNext();
  }).observe(element, { childList: true, subtree: true });

  // Where the server refuses the event, or fails at it, nothing else tells.
  document.addEventListener("untaken", () => {
    if (!awaited) return;
    awaited = "";
    for (const one of batch) if (one.sent) one.progress("not read: askdocs could not take it. Choose it again");
    sendNext();
  });

  element.addEventListener("change", (event) => {
    send(event.target.files ?? []);
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
    const button = event.target.closest("#shelf [data-do=leaf], [data-do=remove], #adding [data-do], #state [data-do]");
    if (button?.dataset.do === "leaf") {
      turned = { way: button.dataset.way, from: leaves() };
      trigger("leaf", { page: button.dataset.page });
    } else if (!button || event.detail > 1) {
      // nothing, or the second half of a double click
    } else if (button.dataset.do === "rebuild" || button.dataset.do === "forget") trigger(button.dataset.do);
    else if (button.dataset.do === "dismiss") dismiss();
    else if (!button.dataset.sure) askFirst(button);
    else if (event.timeStamp - Number(button.dataset.sure) > 600) {
      trigger("remove", { article: button.dataset.article });
    }
  });

  // The first click asks, and one that can have seen that removes.
  function askFirst(button) {
    const label = button.getAttribute("aria-label");
    const words = "Remove for everyone?";
    button.dataset.sure = String(performance.now());
    button.textContent = words;
    button.setAttribute("aria-label", `${label} for everyone?`);
    document.dispatchEvent(new CustomEvent("say", { detail: `${words} Press again to remove it.` }));
    const restore = () => {
      if (!button.dataset.sure) return; // the list was shown anew, with another article here
      delete button.dataset.sure;
      button.textContent = "Remove";
      button.setAttribute("aria-label", label);
    };
    button.addEventListener("blur", restore, { once: true });
  }

  // Nor is it agreed to by a key that is held down.
  library.addEventListener("keydown", (event) => {
    if (event.repeat && event.target.closest('[data-do="remove"], [data-do="rebuild"]')) event.preventDefault();
  });

  // While an index is built its state is asked for; when it is done, the list and what else changed.
  let built = "";
  let next = 0;
  function look() {
    const state = byId("state").querySelector(".state");
    if (!state) return;
    const before = built;
    built = state.dataset.built;
    if (before && before !== built) {
      outdated = typing();
      trigger("built", { typing: outdated });
      document.dispatchEvent(new CustomEvent("built"));
    }
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
