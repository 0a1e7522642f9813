// Runs once in the browser, as the evidence component's own script: `element`, `trigger` and `watch` are Gradio's.
// In: clicks and keys on elements with data- attributes. Out: a mark scrolled into view, or an event for the server.
// It never builds markup and never counts characters: the server has cut and marked the text.
// Events for the server: "submit" (a question) "retry" "edit" "keep" "open" "export" "unlimit".

const byId = (id) => document.getElementById(id);

// The components of the page arrive one after the other, in no certain order.
async function present(...ids) {
  while (!ids.every(byId)) await new Promise((later) => setTimeout(later, 10));
}

async function begin() {
  await present("talk", "composer", "typed", "send", "reading", "tabs", "shelf", "outbox");

  const reading = byId("reading");
  const talk = byId("talk");
  const scroller = byId("evidence");
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  const motion = () => (calm.matches ? "auto" : "smooth");
  const narrow = () => window.matchMedia("(max-width: 860px)").matches;
  const pane = () => element.querySelector(".pane");
  const box = () => byId("typed").querySelector("textarea");
  const page = () => location.origin + location.pathname;

  // Ask the server for something, and see whether it is there if nothing comes of it.
  function send(event, along) {
    if (away()) return look();
    trigger(event, along);
    lookSoon(2_500);
  }

  // --- what a screen reader hears ------------------------------------------------------------------------------------

  const voice = document.createElement("p");
  voice.id = "voice";
  voice.setAttribute("role", "status");
  document.querySelector(".gradio-container").append(voice);
  let silence = 0;

  function say(words, seconds = 0) {
    voice.textContent = words;
    voice.classList.toggle("seen", seconds > 0);
    clearTimeout(silence);
    if (seconds) silence = setTimeout(() => voice.classList.remove("seen"), seconds * 1000);
  }

  document.addEventListener("say", (event) => say(event.detail));

  // --- the two sides of the reading column -----------------------------------------------------------------------------

  function showTab(side) {
    reading.dataset.tab = side;
    for (const button of reading.querySelectorAll("[data-tab]")) {
      button.setAttribute("aria-pressed", String(button.dataset.tab === side));
    }
  }

  // Where the column's buttons are shown anew, they are put as they were.
  new MutationObserver(() => {
    const pressed = reading.querySelector('[data-tab][aria-pressed="true"]');
    if (pressed && pressed.dataset.tab !== reading.dataset.tab) showTab(reading.dataset.tab);
    showKeys();
  }).observe(byId("tabs"), { childList: true, subtree: true });

  // --- the evidence ----------------------------------------------------------------------------------------------------

  // Make one numbered mark the strongest, say so in the bar and on its card, and bring it into view.
  function focusMark(number, behavior) {
    const shown = pane();
    shown.dataset.focus = number;
    const marks = [...shown.querySelectorAll("mark")];
    for (const mark of marks) {
      mark.classList.toggle("strongest", mark.dataset.numbers.split(" ").includes(number));
    }
    const at = shown.querySelector(".at");
    if (at) at.textContent = number;
    pointToCard(shown);
    const target = marks.find((mark) => mark.classList.contains("strongest"));
    if (target) target.scrollIntoView({ block: isTall(marks) ? "start" : "center", behavior });
    nameQuote(shown);
  }

  // The address names the quote that is open and no other; the one that led here stays.
  function nameQuote(shown) {
    if (!["quote", "hit", "article", "none"].includes(shown.dataset.kind)) return;
    const link = shown.dataset.kind === "quote" && talk.querySelector(".card[aria-current]")?.dataset.link;
    history.replaceState(null, "", link || location.pathname + location.search);
  }

  // A quote that fills much of the pane is read from its beginning, which stands below the bar.
  function isTall(marks) {
    const all = marks.filter((mark) => mark.classList.contains("strongest")).map((mark) => mark.getBoundingClientRect());
    return Math.max(...all.map((at) => at.bottom)) - all[0].top > 0.6 * scroller.clientHeight;
  }

  function pointToCard(shown) {
    for (const card of talk.querySelectorAll(".card")) {
      const open = card.dataset.view === shown.dataset.view && card.dataset.number === shown.dataset.focus;
      if (open) card.setAttribute("aria-current", "true");
      else card.removeAttribute("aria-current");
    }
  }

  let opener = null; // what to return to with Escape: where the reader was when the evidence was opened

  // Show what is named: by scrolling where its article is open already, else by asking the server for it.
  function open(named) {
    hidePeek();
    again = false;
    showTab("evidence");
    const shown = pane();
    if (shown?.dataset.view && shown.dataset.view === named.view) {
      if (narrow()) reading.scrollIntoView({ behavior: motion() });
      if (named.number) focusMark(named.number, motion());
    } else {
      asked = true;
      send("open", { ...named });
    }
  }

  // Go on by so many quotes; with `far`, to the first quote of the next article that is not the open one.
  function step(by, far = false) {
    const shown = pane();
    if (!shown?.dataset.turn) return;
    const { kind, turn, focus, view } = shown.dataset;
    const cards = [...talk.querySelectorAll(`.card[data-open="${kind}"][data-turn="${turn}"]`)];
    const here = cards.findIndex((card) => card.dataset.number === focus);
    if (here < 0) return;
    for (let away = 1; away <= cards.length; away++) {
      const card = cards[(here + by * away + cards.length * away) % cards.length];
      if (!far || card.dataset.view !== view) {
        open(card.dataset);
        say(`${kind === "quote" ? "Quote" : "Passage"} ${card.dataset.number} of ${cards.length}`);
        return;
      }
    }
  }

  // Whether the reader asked for the article that arrives next; an answer brings its own without moving a phone's page.
  let asked = false;
  // Whether the article that is being read is looked at anew, as another index answers: nobody is led away for that.
  let again = false;

  document.addEventListener("built", () => {
    const { kind, article } = pane()?.dataset ?? {};
    if (kind !== "article") return;
    again = true;
    trigger("open", { open: "article", article });
  });

  function arrived() {
    const shown = pane();
    const anew = again && !["quote", "hit", "link"].includes(shown?.dataset.kind);
    again = false;
    if (anew) return;
    if (shown?.dataset.kind) nameQuote(shown);
    if (!shown?.dataset.view) {
      if (shown?.classList.contains("refused")) showTab("evidence");
      else showTab(talk.querySelector(".turn") ? "evidence" : reading.dataset.tab || "library");
      return;
    }
    showTab("evidence");
    scroller.scrollTop = 0;
    if (narrow() && !asked) pointToCard(shown);
    else if (shown.dataset.kind === "article") reading.scrollIntoView({ block: "nearest" });
    else focusMark(shown.dataset.focus, "auto");
    asked = false;
  }

  watch("value", () => requestAnimationFrame(arrived));

  // A link to a quote: its parts are sent as they are, the server looks whether there is such a place.
  function follow() {
    const parts = new URLSearchParams(location.hash.slice(1));
    if (!parts.get("sha256")) return;
    asked = true;
    showTab("evidence");
    send("open", { open: "link", ...Object.fromEntries(parts) });
  }
  window.addEventListener("hashchange", follow);

  // --- the preview of a quote ------------------------------------------------------------------------------------------

  let peeked = null;
  let leaving = 0; // a preview stays as long as a pointer needs to reach it, and while the pointer is on it

  function stay() {
    clearTimeout(leaving);
    leaving = 0;
  }

  function showPeek(citation) {
    const peek = byId(citation.getAttribute("aria-describedby"));
    if (!peek || peek === peeked) return;
    hidePeek();
    peek.showPopover();
    const at = citation.getBoundingClientRect();
    const size = peek.getBoundingClientRect();
    const left = Math.max(12, Math.min(at.left - 20, window.innerWidth - size.width - 12));
    const above = at.top - size.height - 8;
    peek.style.left = `${left}px`;
    peek.style.top = `${above > 8 ? above : Math.min(at.bottom + 8, window.innerHeight - size.height - 8)}px`;
    peeked = peek;
  }

  function hidePeek() {
    stay();
    if (peeked?.isConnected) peeked.hidePopover();
    peeked = null;
  }

  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return;
    const citation = event.target.closest?.(".citation[aria-describedby]");
    if (citation || peeked?.contains(event.target)) stay();
    else if (peeked) leaving ||= setTimeout(hidePeek, 250);
    if (citation) showPeek(citation);
  });
  document.addEventListener("focusin", (event) => {
    const citation = event.target.closest?.(".citation[aria-describedby]");
    if (citation?.matches(":focus-visible")) showPeek(citation);
    else hidePeek();
  });
  talk.addEventListener("scroll", hidePeek, { passive: true });

  // --- the conversation ------------------------------------------------------------------------------------------------

  // The conversation is shown anew as a whole: whoever was on one of its buttons is put back there.
  let held = "";
  talk.addEventListener("focusin", (event) => {
    const { do: does, turn, number } = event.target.dataset;
    held = turn ? `[data-turn="${turn}"]${does ? `[data-do="${does}"]` : `[data-number="${number}"]`}` : "";
  });

  // What is to become of the question box comes with the conversation, and is done once.
  function settle() {
    const log = talk.querySelector(".log[data-box]");
    if (!log) return;
    const { box: how, words } = log.dataset;
    log.removeAttribute("data-box");
    const holds = box().value.trim();
    if (how === "put" || (how === "back" && !holds)) type(words);
    else if (how === "taken" && holds === words) type("");
  }

  function type(words) {
    box().value = words;
    box().dispatchEvent(new Event("input", { bubbles: true }));
  }

  // A new question moves to the top of the conversation, and so does its reply: both are read from their beginning.
  let told = "";
  new MutationObserver(() => {
    settle();
    offer();
    keep();
    const shown = pane();
    if (shown?.dataset.view) pointToCard(shown); // its card is another element now
    const turns = [...talk.querySelectorAll(".turn")];
    const now = turns.map((turn) => turn.dataset.said ?? turn.textContent.length).join("\n");
    if (now === told) return;
    const before = told.split("\n");
    told = now;
    const place = turns.findLastIndex((turn, place) => now.split("\n")[place] !== before[place]);
    const changed = turns[place];
    if (changed) {
      const words = changed.dataset.said ?? changed.textContent;
      const more = before[place] && words.startsWith(`${before[place]} `); // its wording came: whoever reads it reads on
      if (!more) changed.scrollIntoView({ block: "start", behavior: motion() });
      say(more ? words.slice(before[place].length + 1) : words);
    }
    if (held && document.activeElement === document.body) {
      const again = talk.querySelector(`button${held}`);
      (again ?? box()).focus({ preventScroll: true });
    }
  }).observe(talk, { childList: true, subtree: true });

  // --- what leaves the page: copies and files --------------------------------------------------------------------------

  async function copy(words, button) {
    try {
      await navigator.clipboard.writeText(words);
    } catch {
      // Without https or a permission there is the older way, by a selection.
      const area = document.createElement("textarea");
      area.value = words;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
      button.focus();
    }
    say("Copied", 1.5);
  }

  function save({ name, type, content }) {
    const link = document.createElement("a");
    const address = URL.createObjectURL(new Blob([content], { type: `${type};charset=utf-8` }));
    link.href = address;
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
    say(`Saved ${name}`, 1.5);
  }

  let exported = 0; // a file is saved once, and only where it is the one that was asked for last
  let wanting = 0;
  new MutationObserver(() => {
    const made = byId("outbox").querySelector("[data-content]");
    if (!made || wanting === 0 || made.dataset.number !== String(wanting)) return;
    wanting = 0;
    save(made.dataset);
  }).observe(byId("outbox"), { childList: true, subtree: true });

  // --- a connection that is lost ---------------------------------------------------------------------------------------

  // What was typed and asked here outlives a page that is loaded again: by the reader, by Gradio when it has lost the
  // server, or below, when another server answers than the one that knows this conversation.
  const KEPT = `askdocs ${location.pathname}`;
  const { root, api_prefix: prefix, app_id: known } = window.gradio_config;
  const reloaded = performance.getEntriesByType("navigation")[0]?.type === "reload";
  const before = reloaded ? JSON.parse(sessionStorage.getItem(KEPT) ?? "{}") : {};
  const away = () => document.body.classList.contains("lost");
  let looking = 0;

  function keep() {
    const asked = [...talk.querySelectorAll(".turn[data-asked]")].map((turn) => turn.dataset.asked);
    const waits = talk.querySelector(".turn:has(.searching)")?.dataset.asked ?? "";
    const questions = [...new Set([...(before.questions ?? []), ...asked])].slice(-6);
    sessionStorage.setItem(KEPT, JSON.stringify({ typed: box().value || waits, questions }));
  }

  // Offer on an empty page what was asked on it before.
  function offer() {
    const welcome = talk.querySelector(".welcome");
    if (!before.questions?.length || !welcome || welcome.querySelector(".before")) return;
    const label = document.createElement("p");
    label.className = "label before";
    label.textContent = "You asked here before";
    const chips = document.createElement("div");
    chips.className = "chips";
    for (const question of before.questions) {
      const chip = document.createElement("button");
      chip.type = "button";
      chip.className = "chip";
      chip.dataset.ask = chip.textContent = question;
      chips.append(chip);
    }
    const examples = welcome.querySelector(".label");
    if (examples) examples.before(label, chips);
    else welcome.append(label, chips);
  }

  const lost = document.createElement("p");
  lost.id = "lost";
  lost.setAttribute("role", "status");
  byId("composer").before(lost);

  const SIGNED_OUT = 401;
  let out = false; // whether the reader is signed out

  // Say that nothing can be asked at the moment, and keep looking whether that is over.
  function lose(...words) {
    if (!away()) {
      const waits = talk.querySelector(".turn:has(.searching)")?.dataset.asked;
      if (waits && !box().value) type(waits);
      lost.replaceChildren(...words);
      document.body.classList.add("lost");
      byId("send").setAttribute("aria-disabled", "true");
    }
    keep();
    lookSoon(2_000);
  }

  // In another tab, so that the conversation stays in this one.
  function signIn() {
    const link = document.createElement("a");
    link.href = `${root}/`; // which leads there
    link.target = "_blank";
    link.textContent = "Sign in again";
    return link;
  }

  async function look() {
    lookSoon(document.hidden ? 300_000 : 30_000);
    const wasOut = out;
    let server;
    try {
      const told = await fetch(`${root}${prefix}/app_id`, { cache: "no-store" });
      out = told.status === SIGNED_OUT;
      if (out) return lose("You are signed out. ", signIn(), " in another tab, and go on here: nothing of this is gone.");
      if (told.status >= 500) throw new Error(told.statusText);
      server = told.headers.get("content-type")?.includes("json") ? (await told.json()).app_id : known;
    } catch {
      return lose("askdocs cannot be reached. What you typed is kept, and the page goes on by itself when it is back.");
    }
    const failed = (!wasOut && document.querySelector(".toast-body.error")) || talk.querySelector(".searching");
    const was = away();
    if (server !== known || (was && failed)) {
      keep();
      location.reload();
    } else if (was) {
      document.body.classList.remove("lost");
      byId("send").removeAttribute("aria-disabled");
      lost.textContent = "";
      say("askdocs is back", 2);
    } else if (talk.querySelector(".searching")) lookSoon(2_500);
  }

  function lookSoon(milliseconds) {
    clearTimeout(looking);
    looking = setTimeout(look, milliseconds);
  }

  document.addEventListener("unreachable", look);
  window.addEventListener("offline", look);
  window.addEventListener("online", look);
  document.addEventListener("visibilitychange", () => document.hidden || look());
  byId("typed").addEventListener("input", keep);
  // Nothing can be asked meanwhile: Gradio would drop it without a word.
  function asking(event) {
    if (!away()) return lookSoon(2_500);
    event.preventDefault();
    event.stopPropagation();
    look();
  }
  byId("composer").addEventListener(
    "click",
    (event) => {
      if (!event.target.closest("button")) return;
      if (event.detail > 1) event.stopPropagation(); // a double click on Ask is not one on Stop, which takes its place
      else if (event.target.closest("#send")) asking(event);
    },
    true,
  );
  byId("composer").addEventListener("keydown", (event) => event.key === "Enter" && !event.shiftKey && asking(event), true);
  new MutationObserver(() => {
    if (document.querySelector(".toast-body.error") && !away()) look();
  }).observe(document.body, { childList: true, subtree: true });

  // --- what can be done ------------------------------------------------------------------------------------------------

  const deeds = {
    retry: ({ turn }) => send("retry", { turn }),
    edit({ turn }) {
      send("edit", { turn });
      box().focus();
    },
    keep: () => send("keep"),
    unlimit() {
      for (const field of byId("wanted").querySelectorAll("input")) {
        if (field.type === "checkbox") field.checked = false;
        else field.value = "";
      }
      const outlets = byId("wanted").querySelector("summary");
      if (outlets) outlets.textContent = "All outlets";
      send("unlimit");
    },
    back() {
      const to = opener?.isConnected ? opener : box();
      to.focus({ preventScroll: true });
      to.scrollIntoView({ block: "center", behavior: motion() });
    },
    export({ form, turn }) {
      wanting = ++exported;
      send("export", { form, turn: turn ?? "", page: page(), number: String(wanting) });
    },
    link(_, button) {
      const card = talk.querySelector(".card[aria-current]");
      copy(page() + (card?.dataset.link ?? location.hash), button);
    },
  };

  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target) || event.target.closest("button")) menu.open = false;
    }
    if (event.target.closest("summary, .peek")) return;
    const button = event.target.closest("[data-ask], [data-tab], [data-step], [data-copy], [data-do], [data-open]");
    if (!button || button === reading) return;
    if (!event.target.closest("button") && String(window.getSelection())) return; // words are being copied from a card
    if (event.detail > 1 && (button.dataset.ask || button.dataset.do)) return; // the second half of a double click
    if (button.dataset.ask) send("submit", { question: button.dataset.ask });
    else if (button.dataset.step) step(Number(button.dataset.step));
    else if (button.dataset.copy) copy(button.dataset.copy, button);
    else if (button.dataset.do) deeds[button.dataset.do]?.(button.dataset, button);
    else if (button.dataset.open) {
      opener = button.closest(".card")?.querySelector(".citation") ?? button;
      open(button.dataset);
    } else {
      showTab(button.dataset.tab);
      if (narrow()) reading.scrollIntoView({ behavior: motion() }); // it begins where a phone's screen ends
    }
  });

  // Whoever speaks to the machine, or types with a tremor, turns the keys of one letter off; the arrows stay.
  const LETTERS = "askdocs letter keys";
  const lettersAreOn = () => localStorage.getItem(LETTERS) !== "off";

  function showKeys() {
    const box = byId("tabs").querySelector("[name=letters]");
    if (box) box.checked = lettersAreOn();
  }
  byId("tabs").addEventListener("change", ({ target }) => {
    if (target.name === "letters") localStorage.setItem(LETTERS, target.checked ? "on" : "off");
  });

  const STEPS = { ArrowRight: 1, ArrowLeft: -1, n: 1, p: -1, N: 1, P: -1 };

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select");
    if (event.key === "Escape") {
      const menu = document.querySelector("details.menu[open]");
      if (peeked) hidePeek();
      else if (menu) {
        menu.open = false;
        menu.querySelector("summary").focus();
      } else if (typing && talk.querySelector(".note.editing")) send("keep");
      else if (!typing) deeds.back();
      return;
    }
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key.length === 1 && !lettersAreOn()) return;
    if (event.key === "/") {
      event.preventDefault();
      box().focus();
    } else if (STEPS[event.key] && reading.dataset.tab === "evidence" && pane()?.dataset.turn) {
      event.preventDefault();
      step(STEPS[event.key], event.shiftKey);
    }
  });

  for (const [part, name] of [[scroller, "Evidence"], [talk, "Conversation"], [byId("shelf"), "Articles"]]) {
    part.tabIndex = 0; // a pane that scrolls is one that the keyboard must reach
    part.setAttribute("role", part === scroller ? "region" : "group"); // the others hold a region or a form
    part.setAttribute("aria-label", name);
  }
  showKeys();
  showTab("library"); // until there is evidence, the column says what there is to ask about
  if (before.typed) type(before.typed);
  offer();
  keep();
  lookSoon(30_000);
  follow();
}

begin();
