// What the pages need beyond links and forms: theme without reload, copying, words explained in
// place, and on the configurator the state of the fields after each answer. Everything works
// without this file.
(() => {
  "use strict";
  const root = document.documentElement;

  // Theme: the server sets it from the cookie; here it changes without a reload.
  const themes = ["auto", "light", "dark"];
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-button]");
    if (!button) return;
    event.preventDefault();
    const chosen = button.value;
    root.dataset.theme = chosen;
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie = `theme=${chosen}; path=/; max-age=31536000; samesite=lax${secure}`;
    button.querySelector("[data-theme-word]").textContent = chosen;
    button.value = themes[(themes.indexOf(chosen) + 1) % themes.length];
    document.dispatchEvent(new CustomEvent("rigwise:theme"));
  });

  // Copy a link, or the text of an element on the page.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy], [data-copy-of]");
    if (!button) return;
    const source = document.getElementById(button.dataset.copyOf ?? "");
    const text = source ? source.textContent : new URL(button.dataset.copy, location.origin).href;
    const word = button.dataset.word || (button.dataset.word = button.textContent);
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = window.word("copied");
    } catch {
      if (source) getSelection().selectAllChildren(source);
      else window.prompt(window.word("link"), text);
    }
    setTimeout(() => { button.textContent = word; }, 2000);
  });

  // What does this mean: the glossary's entry opens where the word stands. The glossary is asked
  // for once; where it cannot be had, the link leads there.
  let glossary = null, asker = null;
  const explained = document.createElement("div");
  explained.id = "explained";
  explained.className = "explained";
  explained.popover = "auto";
  explained.tabIndex = -1;
  explained.autofocus = true;
  explained.setAttribute("role", "dialog");
  explained.setAttribute("aria-labelledby", "explained-h");
  explained.addEventListener("toggle", (event) => {
    asker?.setAttribute("aria-expanded", String(event.newState === "open"));
    if (event.newState !== "open" && asker?.isConnected && explained.contains(document.activeElement)) asker.focus();
  });
  function entryOf(slug) {
    glossary ??= fetch("/glossary", { headers: { Accept: "text/html" } })
      .then((answer) => { if (!answer.ok) throw new Error(String(answer.status)); return answer.text(); })
      .then((html) => new DOMParser().parseFromString(html, "text/html"));
    return glossary.then((page) => page.getElementById(slug));
  }
  async function explain(link) {
    let entry = null;
    try {
      entry = (await entryOf(link.hash.slice(1)))?.cloneNode(true);
    } catch {
      glossary = null;
    }
    if (!entry) { location.assign(link.href); return; }
    for (const part of entry.querySelectorAll("[id]")) part.removeAttribute("id");
    entry.querySelector("h3").id = "explained-h";
    const more = document.createElement("a");
    more.href = link.getAttribute("href");
    more.textContent = "In the glossary";
    const close = document.createElement("button");
    close.type = "button";
    close.className = "quiet";
    close.textContent = "Close";
    close.addEventListener("click", () => explained.hidePopover());
    const last = document.createElement("p");
    last.className = "explained-end";
    last.append(more, close);
    if (explained.matches(":popover-open")) explained.hidePopover();
    asker = link;
    explained.replaceChildren(...entry.childNodes, last);
    if (!explained.isConnected) document.body.append(explained);
    explained.showPopover();
    const at = link.getBoundingClientRect(), box = explained.getBoundingClientRect();
    const below = at.bottom + 8 + box.height <= innerHeight || at.top < box.height + 16;
    explained.style.left = `${Math.max(8, Math.min(at.left, document.documentElement.clientWidth - box.width - 8))}px`;
    explained.style.top = `${Math.max(8, Math.min(below ? at.bottom + 8 : at.top - box.height - 8, innerHeight - box.height - 8))}px`;
  }
  const canExplain = "popover" in HTMLElement.prototype;
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.term");
    if (!link || !canExplain || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
    event.preventDefault();
    explain(link);
  });
  // A word that opens something is announced as such, and by the space bar too.
  function announceTerms() {
    for (const link of document.querySelectorAll("a.term:not([aria-haspopup])")) {
      link.setAttribute("role", "button");
      link.setAttribute("aria-haspopup", "dialog");
      link.setAttribute("aria-expanded", "false");
    }
  }
  document.addEventListener("keydown", (event) => {
    const link = event.key === " " && event.target.closest?.("a.term");
    if (!link || !canExplain) return;
    event.preventDefault();
    explain(link);
  });
  if (canExplain) {
    announceTerms();
    for (const swapped of ["htmx:after:swap", "rigwise:swap"]) document.addEventListener(swapped, announceTerms);
  }

  // The answer opens upward on narrow screens.
  document.addEventListener("click", (event) => {
    const toggle = event.target.closest(".rail-toggle");
    if (toggle) openRail(toggle.getAttribute("aria-expanded") !== "true");
    else if (event.target.closest(".rail-links a, .rail-actions a")) openRail(false);
    const link = event.target.closest('a[href="#d-json"]');
    if (link) document.getElementById("d-json")?.setAttribute("open", "");
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") openRail(false); });
  function openRail(open) {
    const toggle = document.querySelector(".rail-toggle");
    if (!toggle) return;
    toggle.setAttribute("aria-expanded", String(open));
    toggle.textContent = window.word(open ? "close" : "details");
    toggle.closest(".rail").classList.toggle("open", open);
  }

  // Where scripts draw the charts, their tables start folded.
  for (const table of document.querySelectorAll(".chart-data")) table.open = false;

  const form = document.getElementById("configurator");
  if (!form) return;

  // Before an answer is swapped in, remember what was open and what each figure said.
  let open = new Set(), railOpen = false, said = new Map(), applied = document.getElementById("form-state");
  const figures = () => document.querySelectorAll("#rail data[data-figure]");
  document.addEventListener("htmx:before:swap", () => {
    open = new Set([...document.querySelectorAll("#detail details[open]")].map((d) => d.id));
    railOpen = document.querySelector(".rail")?.classList.contains("open") ?? false;
    said = new Map([...figures()].map((d) => [d.dataset.figure, d.value]));
  });
  document.addEventListener("htmx:after:swap", () => {
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    if (railOpen) openRail(true);
    for (const figure of figures()) {
      const before = said.get(figure.dataset.figure);
      if (before !== undefined && before !== figure.value) figure.classList.add("changed");
    }
    applyState();
  });

  // The sentence beside a field; its place is made with the first one and stays.
  function say(key, problems) {
    const message = problems[key] || "", field = form.elements[key];
    if (!field) return;
    let slot = document.getElementById(`err-${key}`);
    if (!slot) {
      slot = document.createElement("span");
      slot.className = "err";
      slot.id = `err-${key}`;
      (document.getElementById(`hint-${key}`) ?? field).after(slot);
      field.setAttribute("aria-describedby", [slot.id, field.getAttribute("aria-describedby")].filter(Boolean).join(" "));
    }
    if (slot.textContent !== message) slot.textContent = message;
    if (message) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  }

  // The state of the fields: sentences beside them, options that cannot be chosen, fold counts.
  function applyState() {
    const source = document.getElementById("form-state");
    if (source === applied) return;
    applied = source;
    const state = JSON.parse(source.textContent);
    for (const slot of form.querySelectorAll(".err")) say(slot.id.slice(4), state.problems);
    for (const key of Object.keys(state.problems)) say(key, state.problems);
    document.getElementById("form-summary")?.remove();
    for (const [key, closed] of Object.entries(state.closed)) dim(form.elements[key], reasons(closed));
    for (const [fold, count] of Object.entries(state.changed)) {
      document.getElementById(`count-${fold}`).textContent = count ? window.word("changed", count) : "";
    }
    for (const [key, value] of Object.entries(state.filled)) {
      const field = form.elements[key];
      if (field?.tagName === "INPUT") field.placeholder = value;
      else if (key === "engine") field.options[0].textContent = field.value ? window.word("usual") : window.word("usual-is", value);
    }
  }

  // Why each closed value of a field is closed; the server sends each reason once.
  function reasons(closed) {
    return Object.fromEntries(closed.flatMap(({ reason, values }) => values.map((value) => [value, reason])));
  }

  // The labels of options the server sent with a reason behind them, without it.
  for (const [key, closed] of Object.entries(JSON.parse(applied.textContent).closed)) {
    for (const option of form.elements[key]?.options ?? []) {
      const label = option.textContent.trim();
      const end = closed.map(({ reason }) => ` (${reason})`).find((ending) => label.endsWith(ending));
      if (end) option.dataset.label = label.slice(0, -end.length);
    }
  }

  function dim(select, closed) {
    for (const option of select?.options ?? []) {
      const reason = option.selected ? undefined : closed[option.value];
      if (reason === undefined && !option.disabled) continue;
      option.dataset.label ??= option.textContent.trim();
      option.disabled = reason !== undefined;
      option.textContent = reason === undefined ? option.dataset.label : `${option.dataset.label} (${reason})`;
    }
  }
})();
