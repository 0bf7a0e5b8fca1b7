// For the shell stories: opens a booking link, takes the first free time, confirms. Prints JSON:
// {url, text, ics, times, refused}. `url` is the page at the end, `ics` the link of the calendar
// file, `times` how many free times were offered first, `refused` whether the first was taken.
//   node book.mjs LINK [--no-script] [--before-confirm COMMAND] [--contact JSON] [--shot FILE]
// --before-confirm runs a command between the choice and the confirmation: somebody is faster. The
// visitor then takes the next time that the page offers. --contact fills in who is not known yet.
import { execSync } from "node:child_process";
import { withBrowser } from "./lib.mjs";

const args = process.argv.slice(2);
const link = args.shift();
const options = {};
while (args.length) {
  const flag = args.shift();
  options[flag] = flag === "--no-script" ? true : args.shift();
}

// Days are folded but the first: open it where it is not, as a person would.
async function chooseFirst(page) {
  const first = page.locator(".times a").first();
  await first.waitFor({ state: "attached" });
  const times = await page.locator(".times a").count();
  if (!(await first.isVisible())) await page.locator("details.day summary").first().click();
  await first.click();
  await page.locator("form[method=post] button").waitFor();
  return times;
}

async function confirm(page) {
  if (options["--contact"]) {
    for (const [name, value] of Object.entries(JSON.parse(options["--contact"]))) {
      await page.locator(`form[method=post] [name="${name}"]`).fill(value);
    }
    const boxes = await page.locator("form[method=post] input[type=checkbox][required]").all();
    for (const box of boxes) await box.check();
  }
  const answered = page.waitForNavigation();
  await page.locator("form[method=post] button").click();
  await answered;
}

await withBrowser(async (open) => {
  const page = await open("", {
    javaScriptEnabled: !options["--no-script"],
    timezoneId: "Asia/Yekaterinburg",
  });
  await page.goto(link);
  const times = await chooseFirst(page);
  if (options["--before-confirm"]) execSync(options["--before-confirm"], { stdio: "ignore" });
  await confirm(page);
  const refused = (await page.locator(".times a").count()) > 0;
  if (refused) {
    await chooseFirst(page);
    await confirm(page);
  }
  const ics = page.locator('a[href$=".ics"]').first();
  await ics.waitFor();
  if (options["--shot"]) await page.screenshot({ path: options["--shot"] });
  console.log(
    JSON.stringify({
      url: page.url(),
      text: await page.locator("body").innerText(),
      ics: new URL(await ics.getAttribute("href"), page.url()).href,
      times,
      refused,
    }),
  );
});
