// The page of a cohort: node cohort.mjs SMALL LARGE, where SMALL has a release that
// contradicts itself and LARGE has some hundred applicants.
import { accessible, check, dark, fits, open, phone, plain, quiet, run, shot } from "./browser.mjs";

// Scorecards are made when they are asked for, so their links have no target before;
// axe takes what lies behind a dialog for links past the page.
const onDemand = { "skip-link": { enabled: false } };
const rows = ".matrix tbody:first-of-type tr";
const names = (page) => page.locator(`${rows}:not([hidden]) th a`).allTextContents();
const head = (page, name) => page.locator(".matrix thead").getByRole("button", { name, exact: true });

async function sorts(page) {
  const ranked = await names(page);
  await head(page, "applicant").click();
  const byName = await names(page), collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  check(JSON.stringify(byName) === JSON.stringify([...byName].sort(collator.compare)), "sorts by name", byName.slice(0, 3).join(", "));
  await head(page, "trust").focus();
  await page.keyboard.press("Enter");
  const floors = await page.locator(`${rows} td:nth-child(6)`).evaluateAll((list) => list.map((td) => td.dataset.v).filter(Boolean).map(Number));
  check(floors.length > 5 && floors.every((v, i) => !i || v <= floors[i - 1]), "sorts by floor from the keyboard, the highest first", floors.join(" "));
  check(await page.locator(".matrix th[aria-sort]").count() === 1 && await page.locator('.matrix th[aria-sort="descending"]').textContent() === "trust", "says by what it is sorted");
  await head(page, "rank").click();
  check(JSON.stringify(await names(page)) === JSON.stringify(ranked), "sorts back by rank");
  const criterion = page.locator(".matrix thead .criterion button").first();
  await criterion.click();
  const words = await page.locator(`${rows} td:nth-child(7)`).evaluateAll((list) => list.map((td) => "mcuasdfvnx".indexOf(td.className)).filter((n) => n >= 0));
  check(new Set(words).size > 1 && words.every((v, i) => !i || v >= words[i - 1]), "sorts by a criterion");
  await head(page, "rank").click();
}

async function filters(page) {
  const all = (await names(page)).length, form = page.locator("form");
  await page.keyboard.press("/");
  await page.keyboard.type("EXEMPL");
  check((await names(page)).join() === "exemplary", "filters by name, from the keyboard");
  check((await form.locator("output").textContent()) === `1 of ${all} applicants`, "says how many are shown");
  await form.getByRole("button", { name: "show all" }).click();
  await form.locator("[name=word]").selectOption("contradicted");
  await form.locator("[name=rule]").selectOption({ label: "license-text-agrees" });
  check((await names(page)).join() === "contradicting", "filters by the verdict on a criterion", (await names(page)).join());
  await form.getByRole("button", { name: "show all" }).click();
  await form.getByLabel("floor of").fill("60");
  check((await names(page)).length > 1 && (await names(page)).length < all, "filters by floor", (await names(page)).join());
  await form.getByRole("button", { name: "show all" }).click();
  await page.waitForFunction((n) => document.querySelectorAll(".matrix tbody:first-of-type tr:not([hidden])").length === n, all);
  const shown = () => page.locator(".matrix thead .criterion:visible").count(), one = await shown();
  await form.getByLabel("criteria of").selectOption({ label: "every axis" });
  check(one > 10 && await shown() > 2 * one, "shows one axis or all", `${one} and ${await shown()} criteria`);
  await form.getByLabel("criteria of").selectOption({ index: 0 });
}

async function evidence(page) {
  const row = page.locator(rows).filter({ has: page.getByRole("link", { name: "contradicting", exact: true }) });
  await row.getByRole("link", { name: "contradicted" }).first().click();
  const dialog = page.getByRole("dialog");
  check(await dialog.isVisible() && (await dialog.locator("tr.at").textContent()).includes("README.md:"), "a cell opens its evidence, with file and line");
  check(await dialog.getByRole("heading", { name: "Questions to ask" }).isVisible() && await dialog.locator("ol li").count() > 5, "a scorecard has questions to ask");
  await shot(page, "cohort-evidence");
  await accessible(page, "the scorecard", onDemand);
  const pdf = await page.pdf();
  check(pdf.length > 20000, "a scorecard prints", `${pdf.length} bytes`);
  await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
  await page.emulateMedia({ media: "print" });
  check(await page.locator("#paper .card").isVisible() && !await page.locator("main").isVisible(), "on paper it is alone");
  await page.emulateMedia({ media: "screen" });
  await page.evaluate(() => dispatchEvent(new Event("afterprint")));
  await page.keyboard.press("Escape");
  check(!await dialog.isVisible(), "Escape closes it");
  const link = page.locator(`${rows} th a`).first();
  await link.focus();
  for (const key of ["ArrowRight", "ArrowRight", "ArrowDown"]) await page.keyboard.press(key);
  const at = await page.evaluate(() => [document.activeElement.closest("td")?.cellIndex, document.activeElement.closest("tr").rowIndex]);
  check(at[0] === 7 && at[1] === 2, "arrows go from cell to cell", at.join(","));
  await page.keyboard.press("Enter");
  check(await dialog.locator("tr.at").count() === 1, "and Enter opens the evidence");
  await page.keyboard.press("Escape");
}

async function compares(page) {
  const button = page.locator("[data-compare]");
  check(await button.isDisabled(), "nobody is chosen at first");
  for (const name of ["choose exemplary", "choose contradicting", "choose openai/gpt-5"]) await page.getByLabel(name, { exact: true }).check();
  await button.click();
  const dialog = page.getByRole("dialog");
  check((await dialog.locator("thead th").allTextContents()).slice(1).join() === "exemplary,contradicting,openai/gpt-5", "compares three, a service among them");
  check(await dialog.locator("tbody").nth(1).locator("tr").count() > 10, "says where they differ");
  await shot(page, "cohort-comparison");
  await accessible(page, "the comparison", onDemand);
  await dialog.getByRole("link", { name: "contradicted" }).first().click();
  check(await dialog.locator("tr.at").count() === 1, "a comparison leads to the evidence");
  await page.keyboard.press("Escape");
}

async function large(browser, file) {
  const renders = [], sortings = {};
  let page;
  for (let i = 0; i < 7; i++) {
    await page?.context().close();
    page = await open(browser, file);
    renders.push(await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(performance.now()))))));
    for (const column of ["openness", "applicant", "trust", "rank"]) {
      (sortings[column] ??= []).push(await page.evaluate((name) => {
        const button = [...document.querySelectorAll(".matrix thead button")].find((b) => b.textContent === name), start = performance.now();
        button.click();
        document.body.offsetHeight; // the layout that a sort asks for is part of it
        return performance.now() - start;
      }, column));
    }
  }
  // Whatever else the machine does only adds to a time: the smallest of several is
  // what the page takes.
  const least = Object.entries(sortings).map(([column, times]) => [column, Math.min(...times)]);
  const n = await page.locator(rows).count();
  check(n === 500, "the large cohort", `${n} applicants`);
  check(Math.min(...renders) <= 1000, "500 applicants are drawn within a second", `${renders.map(Math.round).join(", ")} ms`);
  check(least.every(([, ms]) => ms <= 100), "500 applicants are sorted within 100 ms", least.map(([column, ms]) => `by ${column} ${Math.round(ms)} ms`).join(", "));
  await shot(page, "cohort-large");
  quiet(page, "the large cohort");
  await page.context().close();
}

await run(async (browser) => {
  const [small, many] = process.argv.slice(2);
  const page = await open(browser, small);
  await shot(page, "cohort-desktop", true);
  await accessible(page, "cohort");
  await fits(page, "cohort");
  check(await page.getByRole("columnheader").count() > 20 && await page.getByRole("rowheader").count() > 5 && await page.locator(".matrix").getByRole("cell").count() > 200, "the matrix is a table to a screen reader");
  check(await page.locator(".matrix .beside tr[data-id]").count() === 2, "services stand below, for reference");
  await sorts(page);
  await filters(page);
  await evidence(page);
  await compares(page);
  const pdf = await page.pdf();
  check(pdf.length > 20000, "the matrix prints", `${pdf.length} bytes`);
  quiet(page, "cohort");
  await page.context().close();

  const hand = await open(browser, small, { ...phone, ...dark });
  await shot(hand, "cohort-phone-dark", true);
  await fits(hand, "cohort on a phone");
  await accessible(hand, "cohort on a phone, dark");
  await hand.locator(`${rows} th a`).first().click();
  await shot(hand, "cohort-phone-scorecard");
  await fits(hand, "a scorecard on a phone");
  quiet(hand, "cohort on a phone");
  await hand.context().close();

  const bare = await open(browser, small, plain);
  await shot(bare, "cohort-without-script");
  const n = await bare.locator(rows).count();
  check(await bare.locator("article.card:visible").count() === n + 2, "without scripts every scorecard is there");
  check(await bare.locator("form:visible").count() + await bare.locator(".matrix input:visible").count() === 0, "without scripts no dead controls");
  const to = await bare.locator(`${rows} td.x a`).first().getAttribute("href");
  check(await bare.locator(`[id="${to.slice(1)}"]`).isVisible(), "without scripts a cell leads to its evidence");
  await bare.context().close();

  if (many) await large(browser, many);
});
