// Of a GGUF file the browser sends the beginning only: the head is all that is read. Without this
// file the form sends what was chosen, as it is.
(() => {
  "use strict";
  const input = document.querySelector("input[type=file][data-first-bytes]");
  if (!input) return;
  const most = Number(input.dataset.firstBytes);
  const words = document.getElementById("sent");

  input.addEventListener("change", () => {
    const file = input.files[0];
    if (!file || file.size <= most) return;
    const chosen = new DataTransfer();
    chosen.items.add(new File([file.slice(0, most)], file.name));
    input.files = chosen.files;
    const size = (bytes) => `${(bytes / 1e9).toLocaleString("en", { maximumFractionDigits: 2 })}\u202fGB`;
    words.textContent = `${file.name}: ${size(most)} of its ${size(file.size)} will be sent.`;
  });
})();
