"use strict";
(function () {
  function order(a, b) { return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0); }
  // Amounts have more digits than a number of the language holds, so they are
  // compared as texts: sign, whole part, fraction.
  function exact(a, b) {
    var minusA = a[0] === "-", minusB = b[0] === "-";
    if (minusA !== minusB) { return minusA ? -1 : 1; }
    var x = a.replace("-", "").split("."), y = b.replace("-", "").split(".");
    var by = order(x[0], y[0]);
    if (!by) { x = x[1] || ""; y = y[1] || ""; by = x < y ? -1 : x > y ? 1 : 0; }
    return minusA ? -by : by;
  }
  function compare(a, b) {
    if (a.dataset.exact && b.dataset.exact) { return exact(a.dataset.exact, b.dataset.exact); }
    return a.textContent.localeCompare(b.textContent, "en-GB", { numeric: true });
  }
  function sort(table, head, at) {
    var down = head.getAttribute("aria-sort") !== "descending";
    table.querySelectorAll("thead th").forEach(function (th) {
      th.removeAttribute("aria-sort");
      th.querySelector(".sort span").textContent = "";
    });
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    head.querySelector(".sort span").textContent = down ? "\u25BC" : "\u25B2";
    var body = table.tBodies[0], rows = Array.from(body.rows);
    rows.sort(function (a, b) {
      var last = a.classList.contains("rest") - b.classList.contains("rest");
      return last || compare(a.cells[at], b.cells[at]) * (down ? -1 : 1);
    });
    rows.forEach(function (r) { body.appendChild(r); });
  }
  document.querySelectorAll("table").forEach(function (table) {
    if (table.tBodies[0].rows.length < 3) { return; }
    Array.from(table.tHead.rows[0].cells).forEach(function (th, at) {
      var button = document.createElement("button"), mark = document.createElement("span");
      // Browsers leave buttons out of the heads that they repeat on paper.
      var paper = document.createElement("span");
      paper.className = "paper";
      paper.textContent = th.textContent;
      button.type = "button";
      button.className = "sort";
      mark.setAttribute("aria-hidden", "true");
      button.append(th.textContent, mark);
      th.replaceChildren(button, paper);
      button.addEventListener("click", function () { sort(table, th, at); });
    });
  });
  document.querySelectorAll("table").forEach(function (table) {
    var rows = Array.from(table.tBodies[0].rows);
    if (rows.length < 30) { return; }
    var box = document.createElement("p"), label = document.createElement("label");
    var input = document.createElement("input"), said = document.createElement("span");
    box.className = "filter";
    input.id = table.id + "-filter";
    input.type = "search";
    label.htmlFor = input.id;
    label.textContent = "Show only rows with";
    input.setAttribute("aria-label", "Show only rows with, in: " + table.caption.textContent);
    said.setAttribute("role", "status");
    box.append(label, input, said);
    table.closest(".scroll").before(box);
    input.addEventListener("input", function () {
      var want = input.value.trim().toLowerCase(), shown = 0;
      rows.forEach(function (r) {
        r.hidden = want !== "" && !r.textContent.toLowerCase().includes(want);
        shown += r.hidden ? 0 : 1;
      });
      said.textContent = want === "" ? "" : shown + " of " + rows.length + " rows; the total is of all rows";
    });
  });
  // A region that does not scroll is no stop for the keyboard.
  function stops() {
    document.querySelectorAll(".scroll").forEach(function (s) {
      if (s.scrollWidth > s.clientWidth + 1) { s.tabIndex = 0; } else { s.removeAttribute("tabindex"); }
    });
  }
  stops();
  window.addEventListener("resize", stops);
  document.querySelectorAll("details").forEach(function (d) { d.addEventListener("toggle", stops); });
})();
