// For the story of an expert (tests/e2e/expert.test.sh): people find, book, move, cancel, answer
// and review; the expert accepts one request and declines another. Every page on the way is looked
// at by axe. Prints JSON of what was seen at each step.
//   node expert.mjs STEP   with FLEAD_BASE, and FLEAD_LINK (the host's) or FLEAD_MY (the person's)
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { withBrowser } from "./lib.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const base = process.env.FLEAD_BASE;
const noScript = process.env.FLEAD_NO_SCRIPT === "1";
const looked = [];

// The page's own policy forbids inline scripts, so axe is put in from outside of it.
async function look(page) {
  if (noScript) return;
  await page.evaluate(axe);
  const found = await page.evaluate(() => globalThis.axe.run(document));
  looked.push(new URL(page.url()).pathname);
  if (found.violations.length === 0) return;
  const what = found.violations.map((one) => `${one.id}: ${one.nodes.map((n) => n.html).join(" ")}`);
  throw new Error(`axe on ${page.url()}: ${what.join("\n")}`);
}

async function press(page, button) {
  const answered = page.waitForNavigation();
  await button.click();
  await answered;
}

async function fillContact(page, contact) {
  for (const [name, value] of Object.entries(contact)) {
    await page.locator(`form[method=post] [name="${name}"]`).fill(value);
  }
  for (const box of await page.locator("form[method=post] input[type=checkbox][required]").all()) {
    await box.check();
  }
}

async function chooseTime(page, index = 0) {
  const time = page.locator(".times a").nth(index);
  await time.waitFor({ state: "attached" });
  if (!(await time.isVisible())) await page.locator("details.day summary").first().click();
  await press(page, time);
}

const steps = {
  // The catalogue, by keyboard; a profile; the nearest time of its first offer.
  async find(page) {
    await page.goto(`${base}/m/acme?lang=en`);
    await look(page);
    await page.locator("#topic").focus();
    await page.keyboard.type("product");
    const answered = page.waitForNavigation();
    await page.keyboard.press("Enter");
    await answered;
    const names = await page.locator("article h2").allInnerTexts();
    await press(page, page.locator("article h2 a").first());
    await look(page);
    await press(page, page.locator("form[method=post] button").first()); // a favourite
    await press(page, page.locator('article a[href*="/b/acme/talk?"]').last());
    await look(page);
    await fillContact(page, JSON.parse(process.env.FLEAD_CONTACT));
    await press(page, page.locator("form#book button"));
    await look(page);
    return { names, url: page.url(), text: await page.locator("main").innerText() };
  },
  // What the person answers beforehand, a note, another time, and off.
  async manage(page) {
    await page.goto(process.env.FLEAD_MY);
    await page.locator("#answer-0").fill("A plan");
    await press(page, page.locator('form[action$="/brief"] button'));
    await page.locator("#note").fill("See you");
    await press(page, page.locator('form[action$="/notes"] button'));
    await look(page);
    await press(page, page.locator('a[href*="?m="]'));
    await look(page);
    await chooseTime(page, 1);
    await look(page);
    await press(page, page.locator("form#book button"));
    const moved = await page.locator("h1").innerText();
    await page.locator("details.cancel summary").click();
    await press(page, page.locator('form[action$="/cancel"] button'));
    await look(page);
    return { moved, cancelled: await page.locator("h1").innerText() };
  },
  // The host: by the link, through the requests.
  async decide(page) {
    await page.goto(process.env.FLEAD_LINK);
    await look(page);
    const waiting = await page.locator('section a[href^="/h/meeting/"]').count();
    await press(page, page.locator('section a[href^="/h/meeting/"]').first());
    await look(page);
    await press(page, page.locator('form:has(input[value="accept"]) button'));
    const accepted = await page.locator("h1").innerText();
    await page.locator("#note").fill("Bring numbers");
    await page.locator("#kind-shared").check();
    await press(page, page.locator('form:has(input[value="note"]) button'));
    await press(page, page.locator('main a[href="/h"]').first());
    await press(page, page.locator('section a[href^="/h/meeting/"]').first());
    await page.locator("#reason-decline").fill("On leave");
    await press(page, page.locator('form:has(input[value="decline"]) button'));
    const declined = await page.locator("h1").innerText();
    for (const path of ["/h/times", "/h/money"]) {
      await page.goto(base + path);
      await look(page);
    }
    return { waiting, accepted, declined };
  },
  async review(page) {
    await page.goto(process.env.FLEAD_MY);
    await look(page);
    await page.locator("#rating-5").check();
    await page.locator("#review").fill("Helped a lot");
    await press(page, page.locator('form[action$="/review"] button'));
    await look(page);
    return { text: await page.locator("main").innerText() };
  },
  // A full offer: the waiting list by its form.
  async wait(page) {
    await page.goto(`${base}/b/acme/full?lang=en`);
    await press(page, page.locator('a[href*="/wait"]'));
    await look(page);
    await fillContact(page, JSON.parse(process.env.FLEAD_CONTACT));
    await press(page, page.locator("form#book button"));
    await look(page);
    return { url: page.url(), heading: await page.locator("h1").innerText() };
  },
};

const step = steps[process.argv[2]];
if (!step) throw new Error(`unknown step; one of ${Object.keys(steps).join(" ")}`);
await withBrowser(async (open) => {
  const page = await open("", {
    locale: "en-US",
    timezoneId: "Europe/Moscow",
    javaScriptEnabled: !noScript,
    viewport: { width: 390, height: 844 }, // a phone
  });
  const seen = await step(page);
  console.log(JSON.stringify({ ...seen, looked, problems: page.problems }));
});
