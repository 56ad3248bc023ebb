// What the pages need beyond links and forms: theme without reload, copy link, and on the
// configurator the state of the fields after each answer. Everything works without this file.
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

  // Copy link, or the text of another element.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const text = document.getElementById(button.dataset.copyText)?.textContent;
    const address = text ?? new URL(button.dataset.copy, location.origin).href;
    const word = button.dataset.word || (button.dataset.word = button.textContent);
    try {
      await navigator.clipboard.writeText(address);
      button.textContent = "Copied";
    } catch {
      window.prompt("To copy:", address);
    }
    setTimeout(() => { button.textContent = word; }, 2000);
  });

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
    toggle.textContent = open ? "Close" : "Details";
    toggle.closest(".rail").classList.toggle("open", open);
  }

  // Where scripts draw the charts, their tables start folded.
  for (const table of document.querySelectorAll(".chart-data")) table.open = false;

  const form = document.getElementById("configurator");
  if (!form) return;

  // Before an answer is swapped in, remember what was open and what each figure said.
  let open = new Set(), railOpen = false, said = new Map();
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

  // The state of the fields: sentences beside them, options that cannot be chosen, fold counts.
  function applyState() {
    const state = JSON.parse(document.getElementById("form-state").textContent);
    for (const slot of form.querySelectorAll(".err")) {
      const key = slot.id.slice(4), message = state.problems[key] || "";
      if (slot.textContent !== message) slot.textContent = message;
      const field = form.elements[key];
      if (message) field?.setAttribute("aria-invalid", "true");
      else field?.removeAttribute("aria-invalid");
    }
    document.getElementById("form-summary")?.remove();
    for (const [key, closed] of Object.entries(state.closed)) dim(form.elements[key], closed);
    for (const [fold, count] of Object.entries(state.changed)) {
      document.getElementById(`count-${fold}`).textContent = count ? `${count} changed` : "";
    }
    for (const [key, value] of Object.entries(state.filled)) {
      const field = form.elements[key];
      if (field?.tagName === "INPUT") field.placeholder = value;
      else if (key === "engine") field.options[0].textContent = field.value ? "Usual here" : `Usual here: ${value}`;
    }
  }

  // The labels of options the server sent dimmed, without their reason.
  for (const [key, closed] of Object.entries(JSON.parse(document.getElementById("form-state").textContent).closed)) {
    for (const option of form.elements[key]?.options ?? []) {
      if (option.disabled) option.dataset.label = option.textContent.trim().slice(0, -closed[option.value].length - 3);
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
