// The page of an audit: node audit.mjs PAGE…
import { accessible, check, dark, fits, open, phone, plain, quiet, run, shot } from "./browser.mjs";

const shown = (page) => page.locator(".finding:visible").count();

async function filters(page, name) {
  const all = await shown(page), form = page.locator("[data-findings] form").first();
  check(all > 50, `${name}: findings`, all);
  await form.getByLabel("met", { exact: false }).last().waitFor();
  const boxes = form.locator("input[name=word]");
  for (let i = 1; i < await boxes.count(); i++) await boxes.nth(i).uncheck();
  const word = await boxes.first().inputValue();
  check(await shown(page) > 0 && await shown(page) === await page.locator(`.finding[data-word="${word}"]`).count(), `${name}: one verdict alone`, `${word} ${await shown(page)}`);
  await form.getByRole("button", { name: "show all" }).click();
  await page.waitForFunction((n) => [...document.querySelectorAll(".finding")].filter((f) => !f.hidden).length === n, all);
  await form.getByLabel("axis").selectOption("trust");
  check(await shown(page) === await page.locator('.finding[data-axis="trust"]').count(), `${name}: one axis alone`, await shown(page));
  await form.getByLabel("severity").selectOption({ label: "high or worse" });
  const severe = await page.locator('.finding[data-axis="trust"]').evaluateAll((list) => list.filter((f) => Number(f.dataset.severity) >= 3).length);
  check(severe > 0 && await shown(page) === severe, `${name}: of some severity`, severe);
  await form.getByRole("button", { name: "show all" }).click();
  await page.keyboard.press("Escape");
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press("/");
  await page.keyboard.type("SHARDS-agree");
  check(await shown(page) === 1, `${name}: by text, from the keyboard`, await shown(page));
  check((await form.locator("output").textContent()).startsWith("1 of "), `${name}: says how many are shown`);
  await form.getByRole("button", { name: "show all" }).click();
}

async function evidence(page, name) {
  const id = await page.locator(".finding:not([open])").first().getAttribute("id"), one = page.locator(`[id="${id}"]`), summary = one.locator("summary");
  await summary.focus();
  await page.keyboard.press("Enter");
  check(await one.locator("> div").isVisible(), `${name}: evidence opens from the keyboard`);
  await page.getByText("decided").first().click();
  const link = page.locator(".axis table a").first(), target = await link.getAttribute("href");
  await link.click();
  check(await page.locator(target).evaluate((f) => new Promise((done) => setTimeout(() => done(f.open), 50))), `${name}: a weight leads to its finding, opened`);
}

async function tabs(page, name) {
  const list = page.getByRole("tab"), panels = page.getByRole("tabpanel");
  check(await panels.count() === 1 && await list.count() > 4, `${name}: one framework at a time`, await list.count());
  await list.first().focus();
  await page.keyboard.press("ArrowRight");
  check(await list.nth(1).getAttribute("aria-selected") === "true" && await panels.locator("h3").first().textContent() === await list.nth(1).textContent(), `${name}: the next one from the keyboard`);
}

await run(async (browser) => {
  const files = process.argv.slice(2);
  for (const [i, file] of files.entries()) {
    const name = file.split("/").pop();
    const page = await open(browser, file);
    await shot(page, `${name}-desktop`, true);
    await accessible(page, name);
    await fits(page, name);
    if (i === 0) {
      await filters(page, name);
      await evidence(page, name);
      await tabs(page, name);
    }
    const pdf = await page.pdf();
    check(pdf.length > 20000 && pdf.subarray(0, 5).toString() === "%PDF-", `${name}: prints`, `${pdf.length} bytes`);
    quiet(page, name);
    await page.context().close();

    const small = await open(browser, file, { ...phone, ...dark });
    await shot(small, `${name}-phone-dark`, true);
    await fits(small, `${name} on a phone`);
    await accessible(small, `${name} on a phone, dark`);
    check(await small.evaluate(() => getComputedStyle(document.body).backgroundColor.match(/\d+/g).every((n) => n < 60)), `${name}: dark where that is asked for`);
    quiet(small, `${name} on a phone`);
    await small.context().close();

    const bare = await open(browser, file, plain);
    await shot(bare, `${name}-without-script`);
    check(await bare.locator("form:visible").count() === 0, `${name}: without scripts no dead controls`);
    check(await bare.locator("[data-tab]:visible").count() === await bare.locator("[data-tab]").count(), `${name}: without scripts every framework`);
    check(await shown(bare) === await bare.locator(".finding").count(), `${name}: without scripts every finding`);
    await bare.emulateMedia({ media: "print" });
    check(await bare.locator(".finding.paper > div:visible").count() === await bare.locator(".finding.paper").count(), `${name}: evidence on paper without scripts`);
    await bare.context().close();
  }
});
