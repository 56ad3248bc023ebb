// Runs before the first paint: pages lay out for scripts only where scripts run.
document.documentElement.classList.add("js");

// What scripts say, in the page's language: words the page brought along. "%s" stands for a value.
window.word = (key, value = "") => document.getElementById("words").content
  .querySelector(`[data-word="${key}"]`).textContent.replace("%s", () => value);
