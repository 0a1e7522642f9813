// Runs once in the browser, as the evidence component's own script: `element`, `trigger` and `watch` are Gradio's.
// In: clicks on elements with data- attributes. Out: a mark scrolled into view, or an event for the server.
// It never builds markup and never counts characters: the server has cut and marked the text.

const reading = document.getElementById("reading");
const talk = document.getElementById("talk");
const scroller = document.getElementById("evidence");
const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
const motion = () => (calm.matches ? "auto" : "smooth");
const narrow = () => window.matchMedia("(max-width: 860px)").matches;
const pane = () => element.querySelector(".pane");

function showTab(side) {
  reading.dataset.tab = side;
  for (const button of reading.querySelectorAll("[data-tab]")) {
    button.setAttribute("aria-pressed", String(button.dataset.tab === side));
  }
}

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
  if (target) target.scrollIntoView({ block: "center", behavior });
}

function pointToCard(shown) {
  for (const card of talk.querySelectorAll(".card")) {
    const open = card.dataset.view === shown.dataset.view && card.dataset.number === shown.dataset.focus;
    if (open) card.setAttribute("aria-current", "true");
    else card.removeAttribute("aria-current");
  }
}

// Show what an opener names: by scrolling where its article is open already, else by asking the server for it.
function open(opener) {
  showTab("evidence");
  const shown = pane();
  if (shown?.dataset.view && shown.dataset.view === opener.view) {
    if (narrow()) reading.scrollIntoView({ behavior: motion() });
    if (opener.number) focusMark(opener.number, motion());
  } else {
    asked = true;
    trigger("click", { ...opener });
  }
}

function step(by) {
  const { kind, turn, focus } = pane().dataset;
  const cards = [...talk.querySelectorAll(`.card[data-open="${kind}"][data-turn="${turn}"]`)];
  const here = cards.findIndex((card) => card.dataset.number === focus);
  if (here >= 0) open(cards[(here + by + cards.length) % cards.length].dataset);
}

// Whether the reader asked for the article that arrives next; an answer brings its own without moving a phone's page.
let asked = false;

function arrived() {
  const shown = pane();
  if (!shown?.dataset.view) {
    showTab(talk.querySelector(".turn") ? "evidence" : "articles");
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

// A new question moves to the top of the conversation, and so does its reply: both are read from their beginning.
let told = "";
new MutationObserver(() => {
  const turns = talk.querySelectorAll(".turn");
  const last = turns[turns.length - 1];
  const now = last ? `${turns.length} ${last.lastElementChild.className}` : "";
  if (last && now !== told) last.scrollIntoView({ block: "start", behavior: motion() });
  told = now;
}).observe(talk, { childList: true, subtree: true, attributes: true, attributeFilter: ["class"] });

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-ask], [data-tab], [data-step], [data-open]");
  if (!button || button === reading) return;
  if (!event.target.closest("button") && String(window.getSelection())) return; // words are being copied from a card
  if (button.dataset.ask) trigger("submit", { question: button.dataset.ask });
  else if (button.dataset.step) step(Number(button.dataset.step));
  else if (button.dataset.open) open(button.dataset);
  else showTab(button.dataset.tab);
});

showTab("articles"); // until there is evidence, the column says what there is to ask about
