// Looks at pages of the web application in Chromium: no accessibility violations
// (axe-core, WCAG 2.2 A and AA) in light and dark, wide and narrow; no console
// errors, no request to anywhere else, nothing wider than the window at 320
// pixels, everything reached by the keyboard, and the same words without scripts.
// Usage: node check.mjs BASE [SHOTS-DIRECTORY] < a path a line
// REMIT_COOKIE is the session of somebody who is signed in. Then the pages of work
// are gone through by the keyboard too.
import { createRequire } from "node:module";
import { mkdirSync, readFileSync } from "node:fs";

// The tools are those of the report's browser test, installed once.
const require = createRequire(new URL("../../report/browser/package.json", import.meta.url));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"];

const [base, shots] = process.argv.slice(2);
if (!base) {
  console.error("usage: node check.mjs BASE [SHOTS-DIRECTORY] < paths");
  process.exit(2);
}
const paths = readFileSync(0, "utf8").split("\n").filter(Boolean);
// Printing takes long: a page of each make.
const printed = new Set(["/", "/services/11", "/map", "/method/cam-2025-26", "/bulletin"]);
const cookie = process.env.REMIT_COOKIE;
const faults = [];
if (shots) mkdirSync(shots, { recursive: true });

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
try {
  // A few at a time: most of the time goes by in the browser.
  const queue = [...paths];
  await Promise.all(Array.from({ length: 3 }, async () => { for (let p = queue.shift(); p; p = queue.shift()) await look(p); }));
  if (cookie) {
    for (const p of paths) if (/^\/(proposals\/new|runs\/new|accounts\/new|account$|audit$|updates)/.test(p)) await keyboard(p);
    if (paths.some((p) => p.startsWith("/proposals/new"))) await proposes();
  } else {
    await keyboard("/");
    await keyboard("/services?q=renal");
    await keyboard("/method/cam-2025-26/try");
    await keyboard("/map");
    await sorts();
    await enlarges();
  }
} finally {
  await browser.close();
}
for (const f of faults) console.error(f);
console.log(faults.length === 0 ? `${paths.length} pages, no faults` : `${faults.length} faults`);
process.exit(faults.length === 0 ? 0 : 1);

async function open(path, options = {}, status = 0) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "en-GB", ...options });
  if (cookie) await context.addCookies([{ name: "remit", value: cookie, url: base }]);
  const page = await context.newPage();
  page.on("console", (m) => ["error", "warning"].includes(m.type()) && !(status >= 400 && m.text().includes("status of " + status)) && faults.push(`${path}: console: ${m.text()}`));
  page.on("pageerror", (e) => faults.push(`${path}: error: ${e.message}`));
  page.on("request", (r) => !r.url().startsWith(base) && !r.url().startsWith("data:") && faults.push(`${path}: request: ${r.url()}`));
  page.on("response", (r) => r.status() >= 400 && r.status() !== status && faults.push(`${path}: ${r.status()} ${r.url()}`));
  await page.goto(base + path);
  return { context, page };
}

// A line may say which status the page has: 404 /nowhere.
async function look(line) {
  const [, status, path] = line.match(/^(?:(\d+) )?(.*)$/);
  const expected = Number(status || 0);
  // The policy of the pages forbids scripts that are not their own, axe among them.
  const { context, page } = await open(path, { bypassCSP: true }, expected);
  await page.evaluate(axe);
  const views = [
    { name: "wide", width: 1280, colorScheme: "light" },
    { name: "dark", width: 1280, colorScheme: "dark", rules: ["color-contrast", "link-in-text-block"] },
    { name: "narrow", width: 320, colorScheme: "light", rules: ["target-size", "scrollable-region-focusable"] },
    { name: "contrast", width: 1280, colorScheme: "light", contrast: "more", forcedColors: "active" },
  ];
  for (const view of views) {
    await page.setViewportSize({ width: view.width, height: 900 });
    await page.emulateMedia({ colorScheme: view.colorScheme, contrast: view.contrast ?? "no-preference", forcedColors: view.forcedColors ?? "none", reducedMotion: "reduce" });
    if (shots) await page.screenshot({ path: `${shots}/${name(path)}-${view.name}.png`, fullPage: true });
    const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    if (over > 0) faults.push(`${path}: ${view.name}: the page is ${over} pixels wider than the window`);
    if (view.forcedColors) continue; // the colours are the machine's own
    await page.evaluate(() => document.querySelectorAll("details").forEach((d) => { d.open = true; }));
    const only = view.rules ? { type: "rule", values: view.rules } : { type: "tag", values: tags };
    const result = await page.evaluate((only) => window.axe.run(document, { runOnly: only, resultTypes: ["violations"] }), only);
    for (const v of result.violations) {
      faults.push(`${path}: ${view.name}: ${v.id}: ${v.help}: ${v.nodes.length} places, the first ${v.nodes[0].html.slice(0, 160)} ${v.nodes[0].failureSummary.slice(0, 300)}`);
    }
    await page.evaluate(() => document.querySelectorAll("details").forEach((d) => { d.open = false; }));
  }
  const words = await page.evaluate(() => document.querySelector("main").textContent.replace(/\s+/g, " "));
  if (printed.has(path)) {
    const pdf = await page.pdf({ format: "A4", ...(shots ? { path: `${shots}/${name(path)}.pdf` } : {}) });
    if (pdf.length < 5000) faults.push(`${path}: the printed page is empty`);
  }
  await context.close();
  const plain = await open(path, { javaScriptEnabled: false }, expected);
  const html = await plain.page.locator("main").textContent();
  // Scripts add the buttons of maps, and nothing else.
  const without = words.replaceAll("+\u2212Whole", "");
  const [said, saidWithout] = [squeeze(without), squeeze(html)];
  if (said !== saidWithout) {
    const at = [...said].findIndex((c, i) => c !== saidWithout[i]);
    faults.push(`${path}: without scripts the page says something else: ${saidWithout.slice(at, at + 80)} in place of ${said.slice(at, at + 80)}`);
  }
  await plain.context.close();
}

function squeeze(text) { return text.replace(/\s+/g, ""); }
function name(path) { return path.replace(/[^A-Za-z0-9]+/g, "-").replace(/^-|-$/g, "") || "first"; }

// keyboard presses Tab until the page is left, and finds out what was not reached
// and what was reached without showing it.
async function keyboard(path) {
  const { context, page } = await open(path);
  const all = await page.evaluate(() => {
    const seen = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, summary, [tabindex='0']")].filter((e) => {
      const closed = e.closest("details:not([open])");
      return e.getClientRects().length > 0 && !(closed && !e.closest("summary"));
    });
    seen.forEach((e, i) => { e.dataset.reach = i; });
    return seen.length;
  });
  const reached = new Set();
  const unseen = [];
  for (let i = 0; i < all + 20; i++) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => {
      const e = document.activeElement;
      if (!e || e === document.body) return null;
      const s = getComputedStyle(e);
      const inner = e.querySelector("path, rect") ? getComputedStyle(e.querySelector("path, rect")) : null;
      const shows = s.outlineStyle !== "none" && s.outlineWidth !== "0px" || s.boxShadow !== "none" || inner && (inner.strokeWidth !== "1px");
      return { reach: e.dataset.reach, shows, html: e.outerHTML.slice(0, 160) };
    });
    if (!at) break;
    if (at.reach !== undefined) reached.add(at.reach);
    if (!at.shows) unseen.push(at.html);
  }
  if (reached.size < all) faults.push(`${path}: the keyboard reaches ${reached.size} of ${all}`);
  if (unseen.length > 0) faults.push(`${path}: the focus does not show in ${unseen.length} places, the first ${unseen[0]}`);
  await context.close();
}

// sorts presses a column header: the table is sorted in place and the address says so.
async function sorts() {
  const { context, page } = await open("/services");
  await page.locator("th a.app-sort", { hasText: "Service" }).first().focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => location.search.includes("sort=title"));
  await page.waitForSelector("th[aria-sort=ascending] a:focus");
  await context.close();
}

// enlarges presses the button of the map.
async function enlarges() {
  const { context, page } = await open("/map");
  const map = page.locator("svg[data-zoom]").first();
  const before = await map.getAttribute("viewBox");
  const button = page.locator(".app-map__tools button").first();
  await button.focus();
  await page.keyboard.press("Enter");
  if ((await map.getAttribute("viewBox")) === before) faults.push("/map: the map is not enlarged");
  await page.locator(".app-map__tools button", { hasText: "Whole" }).first().click();
  if ((await map.getAttribute("viewBox")) !== before) faults.push("/map: the map is not whole again");
  await context.close();
}

// proposes corrects a fact with the keyboard alone: from the form through the
// review to the proposal.
async function proposes() {
  const { context, page } = await open("/proposals/new?table=icb&key=QKK");
  const row = page.locator('main a[href*="version="]').first(); // a code with several rows
  if (await row.count() && !(await page.locator('[name="v-note"]').count())) await Promise.all([page.waitForNavigation(), row.press("Enter")]);
  const fill = async (name, text) => { await page.locator(`[name="${name}"]`).first().focus(); await page.keyboard.press("Control+a"); await page.keyboard.type(text); };
  await page.locator('[name="kind"]').first().press("Space");
  await fill("v-note", "By the keyboard");
  await fill("reason", "A letter says so");
  await fill("source", "Letter of 3 March 2026");
  await press(page, /review/i);
  await page.waitForSelector("text=Nothing has been kept yet");
  await press(page, /submit/i);
  await page.waitForURL(/\/proposals\/\d+$/);
  await page.waitForSelector("text=a second person decides");
  await context.close();
}

// press reaches a button of the page with Tab and presses it.
async function press(page, words) {
  const button = page.locator("main form button", { hasText: words }).first();
  await button.evaluate((e) => { e.dataset.wanted = "1"; });
  for (let i = 0; i < 200; i++) {
    await page.keyboard.press("Tab");
    if (await page.evaluate(() => document.activeElement?.dataset.wanted === "1")) return page.keyboard.press("Enter");
  }
  faults.push(`${page.url()}: the keyboard does not reach the button ${words}`);
}
