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

// Maps can be enlarged and moved. Without scripts, each has a file to enlarge.
for (const map of document.querySelectorAll("svg[data-zoom]")) {
  const whole = map.getAttribute("viewBox").split(" ").map(Number);
  let [x, y, width, height] = whole;
  const show = () => map.setAttribute("viewBox", [x, y, width, height].join(" "));
  const enlarge = (by) => {
    const next = Math.min(whole[2], Math.max(whole[2] / 16, width / by));
    const scale = next / width;
    x += (width - next) / 2;
    y += (height - height * scale) / 2;
    width = next;
    height *= scale;
    if (width === whole[2]) [x, y, width, height] = whole;
    show();
  };
  const tools = document.createElement("div");
  tools.className = "app-map__tools";
  for (const [text, says, press] of [["+", "Enlarge the map", () => enlarge(1.6)], ["\u2212", "Reduce the map", () => enlarge(1 / 1.6)], ["Whole", "Show the whole map", () => enlarge(1 / 1000)]]) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    button.setAttribute("aria-label", says);
    button.addEventListener("click", press);
    tools.append(button);
  }
  map.before(tools);

  // Dragging moves the map; a press without a move still follows the link.
  let held = null;
  map.addEventListener("pointerdown", (event) => { held = width < whole[2] ? { x: event.clientX, y: event.clientY, moved: false } : null; });
  map.addEventListener("pointermove", (event) => {
    if (!held || !event.buttons) return;
    const perPixel = width / map.clientWidth;
    const [dx, dy] = [event.clientX - held.x, event.clientY - held.y];
    if (!held.moved && Math.abs(dx) + Math.abs(dy) < 4) return;
    x -= dx * perPixel;
    y -= dy * perPixel;
    held = { x: event.clientX, y: event.clientY, moved: true };
    show();
  });
  map.addEventListener("click", (event) => { if (held?.moved) event.preventDefault(); }, true);
  map.addEventListener("dragstart", (event) => event.preventDefault());

  // The area that the keyboard reaches comes into view.
  map.addEventListener("focusin", (event) => {
    const area = event.target.closest("a");
    if (!area || width === whole[2]) return;
    const at = area.getBBox();
    x = at.x + at.width / 2 - width / 2;
    y = at.y + at.height / 2 - height / 2;
    show();
  });
}
