// For the story of a paid meeting (tests/e2e/paid.test.sh): a person books, pays on the provider's
// page, comes back and is booked; later cancels. Every page of ours on the way is looked at by axe.
// Prints JSON of what was seen.
//   node paid.mjs STEP   with FLEAD_BASE, and FLEAD_MY (the person's page), FLEAD_PAY or FLEAD_LINK
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { withBrowser } from "./lib.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const base = process.env.FLEAD_BASE;
const card = process.env.FLEAD_CARD ?? "5555555555554444";
const noScript = process.env.FLEAD_NO_SCRIPT === "1";
const looked = [];

async function look(page) {
  if (noScript) return;
  await page.evaluate(axe);
  const found = await page.evaluate(() => globalThis.axe.run(document));
  looked.push(new URL(page.url()).pathname.replace(/[^/]{20,}/, "*"));
  if (found.violations.length === 0) return;
  const what = found.violations.map((one) => `${one.id}: ${one.nodes.map((n) => n.html).join(" ")}`);
  throw new Error(`axe on ${page.url()}: ${what.join("\n")}`);
}

async function press(page, button) {
  const answered = page.waitForNavigation();
  await button.click();
  await answered;
}

const onProvider = (url) => url.pathname.startsWith("/yookassa/");
const onMine = (url) => url.pathname.startsWith("/my/");

const steps = {
  // From a free time to the provider's page, by whatever our page does by itself.
  async book(page) {
    await page.goto(`${base}/b/acme/talk?lang=en`);
    const terms = await page.locator("main").innerText();
    const time = page.locator(".times a").first();
    await time.waitFor({ state: "attached" });
    if (!(await time.isVisible())) await page.locator("details.day summary").first().click();
    await press(page, time);
    await look(page);
    const form = await page.locator("main").innerText();
    await page.locator('form[method=post] [name="name"]').fill("Anna");
    await page.locator('form[method=post] [name="email"]').fill("anna@example.org");
    for (const box of await page.locator("form[method=post] input[type=checkbox][required]").all()) {
      await box.check();
    }
    await page.locator("form#book button").click();
    await page.waitForURL(onProvider);
    const there = await page.locator("body").innerText();
    await page.locator(`input[name=card][value="${card}"]`).check();
    await page.locator("button[value=pay]").first().click();
    // Back on our page, which looks by itself until the provider has confirmed.
    await page.waitForURL(onMine, { timeout: 30_000 });
    await look(page);
    return { terms, form, there, url: page.url(), text: await page.locator("main").innerText() };
  },
  // The provider's page is left; ours says so and leads there again.
  async leave(page) {
    await page.goto(process.env.FLEAD_PAY);
    await page.waitForURL(onProvider);
    await page.locator("button[value=leave]").first().click();
    await page.waitForURL((url) => url.pathname.startsWith("/pay/"));
    await look(page);
    return { text: await page.locator("main").innerText() };
  },
  // The expert's own page of what was earned.
  async expert(page) {
    await page.goto(process.env.FLEAD_LINK);
    await press(page, page.locator('a[href="/h/money"]'));
    await look(page);
    const text = await page.locator("main").innerText();
    return { text };
  },
  async cancel(page) {
    await page.goto(process.env.FLEAD_MY);
    await page.locator("details.cancel summary").click();
    const promise = await page.locator("details.cancel").innerText();
    await press(page, page.locator('form[action$="/cancel"] button'));
    await look(page);
    return { promise, text: await page.locator("main").innerText() };
  },
};

await withBrowser(async (open) => {
  const options = { locale: "en-GB", viewport: { width: 390, height: 844 } };
  if (noScript) options.javaScriptEnabled = false;
  const page = await open(null, options);
  const seen = await steps[process.argv[2]](page);
  console.log(JSON.stringify({ ...seen, looked, problems: page.problems }));
});
