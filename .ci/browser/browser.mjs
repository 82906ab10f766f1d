// What both pages are checked with: Chromium, and what must hold of any page.
import { createRequire } from "node:module";
import { readFileSync, mkdirSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const shots = process.env.SHOTS; // a folder for screenshots, for people to look at
if (shots) mkdirSync(shots, { recursive: true });

let failed = 0;
export function check(holds, what, seen = "") {
  if (!holds) failed++;
  console.log(`${holds ? "ok   " : "FAIL "} ${what}${seen === "" ? "" : `: ${seen}`}`);
}

export async function run(checks) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
  try {
    await checks(browser);
  } finally {
    await browser.close();
  }
  process.exitCode = failed ? 1 : 0;
}

// Opens a file; whatever it asks for or complains of is kept.
export async function open(browser, file, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(10000);
  const page = await context.newPage();
  page.complaints = [];
  page.on("console", (m) => ["error", "warning"].includes(m.type()) && page.complaints.push(m.text()));
  page.on("pageerror", (e) => page.complaints.push(String(e)));
  page.on("request", (r) => r.url().split("#")[0] !== pathToFileURL(file).href && page.complaints.push(`asks for ${r.url()}`));
  page.on("dialog", (d) => { page.complaints.push(`a dialog: ${d.message()}`); d.dismiss(); });
  page.on("popup", () => page.complaints.push("a second page opened"));
  await page.goto(pathToFileURL(file).href);
  return page;
}

export const phone = { viewport: { width: 390, height: 844 }, hasTouch: true };
export const dark = { colorScheme: "dark" };
export const plain = { javaScriptEnabled: false };

export async function shot(page, name, fullPage = false) {
  if (shots) await page.screenshot({ path: `${shots}/${name}.png`, fullPage });
}

// Headings in order, names for controls, contrast, roles: the rules of WCAG 2.2 AA
// that a program can check, and axe's own best practices.
export async function accessible(page, name, rules = {}) {
  await page.evaluate(axe);
  const found = await page.evaluate((rules) => window.axe.run(document, { resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], rules }), rules);
  const list = found.violations.map((v) => `${v.id} (${v.nodes.length}): ${v.nodes[0].target} ${v.nodes[0].failureSummary.split("\n")[1]?.trim()}`);
  check(list.length === 0, `${name}: headings, labels, contrast, roles`, list.join("; "));
}

// Nothing to push sideways: the page itself never scrolls that way.
export async function fits(page, name) {
  const [width, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  check(width <= room, `${name}: fits the width`, `${width} of ${room}`);
}

export function quiet(page, name) {
  check(page.complaints.length === 0, `${name}: no error, no request`, page.complaints.join("; "));
}
