// Checks one report in Chromium: no accessibility violations (axe-core, WCAG 2.2
// A and AA and best practices), no console errors, no network requests, nothing
// wider than the window. Usage: node check.mjs FILE [SHOTS-DIRECTORY]
import { createRequire } from "node:module";
import { readFileSync, mkdirSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [file, shots] = process.argv.slice(2);
if (!file) {
  console.error("usage: node check.mjs FILE [SHOTS-DIRECTORY]");
  process.exit(2);
}
const address = pathToFileURL(file).href;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"];
const views = [
  { name: "wide", width: 1280, height: 900, accessible: true },
  { name: "wide-dark", width: 1280, height: 900, accessible: true, colorScheme: "dark" },
  { name: "narrow", width: 320, height: 640, accessible: true },
  { name: "narrow-dark", width: 320, height: 640, colorScheme: "dark" },
  { name: "contrast", width: 1280, height: 900, accessible: true, contrast: "more" },
  { name: "no-script", width: 1280, height: 900, javaScriptEnabled: false },
];
const faults = [];

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});
try {
  for (const view of views) await look(view);
  await print();
} finally {
  await browser.close();
}
for (const f of faults) console.error(f);
console.log(faults.length === 0 ? "no violations" : `${faults.length} faults`);
process.exit(faults.length === 0 ? 0 : 1);

// open opens the report in a context of its own and watches what it does.
async function open(view) {
  const { name, width, height, ...options } = view;
  // The policy of the page forbids scripts that are not its own, axe among them.
  const context = await browser.newContext({ viewport: { width, height }, bypassCSP: Boolean(view.axe), ...options });
  const page = await context.newPage();
  page.on("console", (m) => ["error", "warning"].includes(m.type()) && faults.push(`${name}: console: ${m.text()}`));
  page.on("pageerror", (e) => faults.push(`${name}: error: ${e.message}`));
  page.on("dialog", (d) => { faults.push(`${name}: dialog: ${d.message()}`); d.dismiss(); });
  page.on("request", (r) => r.url() !== address && !r.url().startsWith("data:") && faults.push(`${name}: request: ${r.url()}`));
  await page.goto(address);
  return { context, page };
}

async function look(view) {
  const { context, page } = await open(view);
  if (shots) await shoot(page, view.name);
  if (view.javaScriptEnabled !== false) {
    await fit(page, view.name);
    await use(page, view.name);
  }
  await context.close();
  if (view.accessible) await accessible({ ...view, axe: true });
}

async function shoot(page, name) {
  mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: `${shots}/${name}.png` });
  await page.screenshot({ path: `${shots}/${name}-full.png`, fullPage: true });
}

// fit finds out whether the page itself, and not only a table, scrolls sideways.
async function fit(page, name) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  if (over > 0) faults.push(`${name}: the page is ${over} pixels wider than the window`);
}

// use presses the buttons: sorting keeps all rows and the row of the rest last.
async function use(page, name) {
  const button = page.locator("table .sort").last();
  if ((await button.count()) === 0) return;
  await button.focus();
  await page.keyboard.press("Enter");
  const sorted = await page.locator("th[aria-sort]").count();
  if (sorted !== 1) faults.push(`${name}: ${sorted} columns are sorted after one press`);
  const misplaced = await page.locator("tbody tr.rest:not(:last-child)").count();
  if (misplaced > 0) faults.push(`${name}: ${misplaced} rows of the rest are not last`);
}

async function accessible(view) {
  const { context, page } = await open(view);
  await page.evaluate(() => document.querySelectorAll("details").forEach((d) => { d.open = true; }));
  await page.waitForTimeout(100);
  await page.evaluate(axe);
  const result = await page.evaluate((only) => window.axe.run(document, { runOnly: only }), tags);
  for (const v of result.violations) {
    faults.push(`${view.name}: ${v.id}: ${v.help}: ${v.nodes.length} places, the first ${v.nodes[0].html.slice(0, 200)} ${v.nodes[0].failureSummary}`);
  }
  await context.close();
}

async function print() {
  const { context, page } = await open({ name: "print", width: 1280, height: 900 });
  const pdf = await page.pdf({ format: "A4", preferCSSPageSize: true, ...(shots ? { path: `${shots}/print.pdf` } : {}) });
  if (pdf.length < 1000) faults.push("print: the printed report is empty");
  await context.close();
}
