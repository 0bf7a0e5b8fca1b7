// A headless Chromium for the stories: Debian's own, nothing downloaded, a profile that is gone
// afterwards.
//
//   await withBrowser(async (open) => {
//     const page = await open(url);  // a visitor with a profile of their own
//     const lead = await sendLead(page, {phone: "..."});  // through the widget, as a person would
//   });
//
// The widget lives in an open shadow root, which playwright's locators look into by themselves.
import { existsSync } from "node:fs";
import http from "node:http";
import { chromium } from "playwright-core";

const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-proxy-server",
];
const waitMs = 15_000; // longest wait for anything on a page; a ceiling, not a pause

export function chromiumPath() {
  const known = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser"];
  const found = known.find((path) => path && existsSync(path));
  if (!found) throw new Error("chromium is not installed");
  return found;
}

// Calls `work(open)`; `open(url, options)` is a page of a new visitor, `open.closeAll()` ends them.
// Errors of the pages themselves (exceptions, console.error) are kept in page.problems.
export async function withBrowser(work) {
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: flags });
  try {
    const open = async (url, options = {}) => {
      const context = await browser.newContext({ locale: "ru-RU", ...options });
      context.setDefaultTimeout(waitMs);
      const page = await context.newPage();
      page.problems = [];
      page.on("pageerror", (error) => page.problems.push(String(error)));
      page.on("console", (message) => {
        if (message.type() === "error") page.problems.push(message.text());
      });
      if (url) await page.goto(url);
      return page;
    };
    // Open pages go on painting: a run of many visitors closes those that are done.
    open.closeAll = () => Promise.all(browser.contexts().map((context) => context.close()));
    return await work(open);
  } finally {
    await browser.close();
  }
}

export const widget = {
  launcher: (page) => page.locator("flead-widget .launcher"),
  dialog: (page) => page.locator("flead-widget dialog"),
  field: (page, name) => page.locator(`flead-widget #${name}`),
  consent: (page, purpose = "processing") => page.locator(`flead-widget #consent-${purpose}`),
  submit: (page) => page.locator('flead-widget button[type="submit"]'),
  error: (page, name) => page.locator(`flead-widget #error-${name}`),
  note: (page) => page.locator('flead-widget [role="alert"]'),
  heading: (page) => page.locator("flead-widget h2"),
  booking: (page) => page.locator("flead-widget dialog a.primary"),
};

export async function openWidget(page) {
  await widget.launcher(page).click();
  await widget.dialog(page).waitFor({ state: "visible" });
  // It slides in: a measure taken before it has arrived is of a place that nobody sees.
  await widget
    .dialog(page)
    .evaluate((dialog) => Promise.all(dialog.getAnimations().map((moving) => moving.finished)));
}

// `values`: name, phone, email, message; consent is ticked unless `consent` is false.
export async function fillWidget(page, { consent = true, ...values }) {
  for (const [name, value] of Object.entries(values)) {
    await widget.field(page, name).fill(value);
  }
  if (consent) await widget.consent(page).check();
}

// Opens, fills, sends; gives {id, status, booking_url} of the server's answer.
export async function sendLead(page, values) {
  await openWidget(page);
  await fillWidget(page, values);
  const answered = page.waitForResponse(
    (reply) => reply.url().endsWith("/api/v1/leads") && reply.request().method() === "POST",
  );
  await widget.submit(page).click();
  const reply = await answered;
  if (!reply.ok()) throw new Error(`the lead was refused: ${reply.status()} ${await reply.text()}`);
  const lead = await reply.json();
  await widget.dialog(page).locator("form").waitFor({ state: "detached" });
  return lead;
}

// Serves `pages` ({"/path": {body, headers}}) on a loopback port of its own: somebody else's site.
export async function withSite(pages, work) {
  const server = http.createServer((request, reply) => {
    const path = new URL(request.url, "http://site").pathname;
    const page = path === "/favicon.ico" ? { body: "" } : pages[path]; // asked for unasked
    reply.writeHead(page ? 200 : 404, {
      "Content-Type": "text/html; charset=utf-8",
      ...(page?.headers ?? {}),
    });
    reply.end(page?.body ?? "");
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  try {
    return await work(`http://127.0.0.1:${server.address().port}`);
  } finally {
    server.closeAllConnections?.();
    await new Promise((done) => server.close(done));
  }
}
