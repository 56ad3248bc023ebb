// Draws the charts whose specification the server wrote into the page, when they come into view.
// Colours are names of CSS variables, so a chart follows the theme. The library loads on demand.
(() => {
  "use strict";
  const library = document.currentScript.dataset.plotly;
  const options = { displayModeBar: false, responsive: true };
  const drawn = new Set();
  let loading = null;

  function load() {
    loading ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = library;
      script.onload = resolve;
      script.onerror = reject;
      document.head.append(script);
    });
    return loading;
  }

  // "var(--ink)" -> the colour it stands for now.
  function resolve(value, style) {
    if (typeof value === "string") {
      const name = value.match(/^var\((--[\w-]+)\)$/);
      return name ? style.getPropertyValue(name[1]).trim() : value;
    }
    if (Array.isArray(value)) return value.map((item) => resolve(item, style));
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, resolve(v, style)]));
    }
    return value;
  }

  async function draw(plot) {
    const source = document.getElementById(plot.dataset.spec);
    if (!source) return;
    await load();
    if (!plot.isConnected) return;
    const spec = resolve(JSON.parse(source.textContent), getComputedStyle(document.documentElement));
    await window.Plotly.react(plot, spec.data, spec.layout, options);
    if (plot.isConnected) drawn.add(plot);
    else window.Plotly.purge(plot);
  }

  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      seen.unobserve(entry.target);
      draw(entry.target);
    }
  }, { rootMargin: "400px" });
  const watch = () => document.querySelectorAll(".plot").forEach((plot) => {
    if (!drawn.has(plot)) seen.observe(plot);
  });

  // Swapped-out charts give their memory back; the new ones are drawn when they come into view.
  for (const swapped of ["htmx:after:swap", "rigwise:swap"]) document.addEventListener(swapped, () => {
    for (const plot of drawn) {
      if (plot.isConnected) continue;
      window.Plotly.purge(plot);
      drawn.delete(plot);
    }
    watch();
  });
  document.addEventListener("rigwise:theme", () => drawn.forEach(draw));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawn.forEach(draw));
  watch();
})();
