// What makes pages faster with scripts; all of them work without.
import "htmx.org";

// Filters apply as soon as they are picked; the button stays for the keyboard.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form.app-filters");
  if (form && event.target.tagName === "SELECT") form.requestSubmit();
});

// What is sent in place of a table takes the focus back to where it was.
document.addEventListener("htmx:afterSwap", (event) => {
  const table = document.getElementById(event.detail.target.id);
  const sorted = table?.querySelector("[aria-sort] a");
  if (sorted) sorted.focus({ preventScroll: true });
});
