// Lists of the catalogue: after an answer the form's own controls are told how many entries each
// choice leaves, and what is chosen now. Everything works without this file.
(() => {
  "use strict";
  const form = document.getElementById("browse"), status = document.getElementById("status");
  if (!form) return;
  let focused = "";

  // On narrow screens the filters open on request, so that the list itself comes first.
  if (matchMedia("(max-width: 719px)").matches) document.getElementById("facets").open = false;

  document.addEventListener("htmx:before:swap", () => { focused = document.activeElement?.id || ""; });
  document.addEventListener("htmx:after:swap", () => {
    const state = JSON.parse(document.getElementById("browse-state").textContent);
    status.textContent = state.said;
    for (const [name, value] of Object.entries(state.values)) {
      const field = form.elements[name];
      if (field && field.tagName === "SELECT") choose(field, state.options[name], value);
      else if (field && field !== document.activeElement) field.value = value;
    }
    if (focused && document.activeElement === document.body) document.getElementById(focused)?.focus();
  });

  function choose(select, options, value) {
    const every = select.options[0];
    if (select === document.activeElement && same(select, options)) relabel(select, options);
    else select.replaceChildren(every, ...options.map(([key, label]) => new Option(label, key)));
    select.value = value;
  }

  const same = (select, options) => options.length === select.options.length - 1
    && options.every(([key], i) => select.options[i + 1].value === key);

  function relabel(select, options) {
    options.forEach(([, label], i) => { select.options[i + 1].textContent = label; });
  }
})();
