// The advisor with progress: a search is followed as it runs, can be cancelled, and its answer
// takes the place of form and list. The address stays the state. Without this file the form works
// as a plain form.
(() => {
  "use strict";
  const place = document.getElementById("advisor");
  const status = document.getElementById("status");
  let source = null;
  let best = null;

  function query(form) {
    const given = [...new FormData(form)].filter(([, value]) => String(value).trim());
    return new URLSearchParams(given).toString() || "goal=cheapest";
  }

  function ask(asked, remember) {
    stop();
    best = null;
    if (remember) history.pushState(null, "", `/advisor?${asked}`);
    show(window.word("searching"), window.word("every-build"));
    status.textContent = window.word("searching");
    place.querySelector("#answer").setAttribute("aria-busy", "true");
    document.getElementById("working").scrollIntoView({ block: "nearest" });
    source = new EventSource(`/advisor/stream?${asked}`);
    source.addEventListener("progress", (event) => follow(JSON.parse(event.data)));
    source.addEventListener("answer", (event) => answer(JSON.parse(event.data)));
    // refused or out of reach: the plain page says which
    source.addEventListener("error", () => { stop(); location.assign(`/advisor?${asked}`); });
  }

  function show(strong, words) {
    const working = document.getElementById("working");
    working.hidden = false;
    document.getElementById("cancel").hidden = source === null && strong !== window.word("searching");
    document.getElementById("working-seconds").textContent = strong;
    document.getElementById("working-words").textContent = words;
  }

  function follow(now) {
    best = now.best;
    const count = now.assessed.toLocaleString("en").replaceAll(",", "\u202f");
    let words = now.assessed ? window.word("worked-out", count) : window.word("prices");
    if (now.best) words += ` · ${window.word("best-so-far", now.best)}`;
    show(`${now.seconds.toFixed(0)} s`, words);
  }

  function answer(done) {
    stop();
    const page = new DOMParser().parseFromString(done.html, "text/html");
    place.replaceChildren(...page.body.childNodes);
    if (done.query) history.replaceState(null, "", `/advisor?${done.query}`);
    for (const table of place.querySelectorAll(".chart-data")) table.open = false;
    document.dispatchEvent(new CustomEvent("rigwise:swap"));
    status.textContent = done.status;
    const target = document.getElementById(done.query ? "answer" : "form-summary") ?? place.querySelector("#answer");
    target.setAttribute("tabindex", "-1");
    target.focus({ preventScroll: true });
    target.scrollIntoView({ block: "start" });
  }

  function stop() {
    source?.close();
    source = null;
    place.querySelector("#answer").removeAttribute("aria-busy");
  }

  document.addEventListener("submit", (event) => {
    if (event.target.id !== "ask") return;
    event.preventDefault();
    ask(query(event.target), true);
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("#cancel")) {
      stop();
      const words = best ? window.word("best-until-then", best) : window.word("nothing-found");
      show(window.word("cancelled"), words);
      status.textContent = `${window.word("cancelled")} ${words}`;
      document.querySelector("#ask button[type=submit]").focus();
      return;
    }
    const link = event.target.closest("a[data-ask]");
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
    event.preventDefault();
    ask(new URL(link.href).search.slice(1), true);
  });
  addEventListener("popstate", () => location.reload());

  // A page whose own patience ended goes on searching here.
  const unfinished = document.getElementById("answer").dataset.unfinished;
  if (unfinished) ask(unfinished, false);
})();
