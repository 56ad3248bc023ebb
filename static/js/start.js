// Runs before the first paint: pages lay out for scripts only where scripts run.
document.documentElement.classList.add("js");
