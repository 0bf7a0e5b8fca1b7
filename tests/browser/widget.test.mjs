// The widget in a real browser, on pages of another origin. Called by tests/e2e/widget.test.sh with
// FLEAD_BASE, FLEAD_KEY (pk_), FLEAD_TOKEN (sk_) and FLEAD_SLUG; FLEAD_GUARDED_KEY and
// FLEAD_GUARDED_TOKEN are of a tenant that always asks for a proof of work, FLEAD_CHATTY_KEY of one
// with Telegram and MAX.
import assert from "node:assert/strict";
import nodeTest, { after, afterEach, before } from "node:test";
import { fillWidget, openWidget, sendLead, widget, withBrowser, withSite } from "./lib.mjs";

const base = process.env.FLEAD_BASE;
const key = process.env.FLEAD_KEY;
const token = process.env.FLEAD_TOKEN;
const guarded = { key: process.env.FLEAD_GUARDED_KEY, token: process.env.FLEAD_GUARDED_TOKEN };
const chatty = process.env.FLEAD_CHATTY_KEY;
const script = `${base}/w/${key}.js`;
const tag = `<script async src="${script}"></script>`;
const strict =
  `default-src 'none'; script-src ${base}; connect-src ${base}; ` +
  "style-src 'none'; img-src 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

const html = (head, body, lang = "ru") =>
  `<!doctype html><html lang="${lang}"><head><meta charset="utf-8"><title>Site</title>${head}` +
  `</head><body>${body}</body></html>`;
const pages = {
  "/": { body: html("", `<h1>Site</h1><a id="before" href="#x">link</a>${tag}`) },
  "/head": { body: html(tag, "<h1>Site</h1>") },
  "/english": { body: html("", `<h1>Site</h1>${tag}`, "en-GB") },
  "/twice": { body: html(tag, `<h1>Site</h1>${tag}${tag}`) },
  "/strict": {
    body: html("", `<h1>Site</h1>${tag}`),
    headers: { "Content-Security-Policy": strict },
  },
  "/guarded": {
    body: html("", `<h1>Site</h1><script async src="${base}/w/${guarded.key}.js"></script>`),
    headers: { "Content-Security-Policy": strict },
  },
  "/chatty": {
    body: html("", `<h1>Site</h1><script async src="${base}/w/${chatty}.js"></script>`),
    headers: { "Content-Security-Policy": strict },
  },
  "/hostile": {
    // A page whose style fights everything that it does not know.
    body: html(
      "<style>*{all:unset!important;display:none!important}html,body{display:block!important}" +
        "flead-widget{position:static!important;color:red!important;opacity:0!important}</style>",
      `<h1>Site</h1>${tag}`,
    ),
  },
};

// A ceiling against hanging on a busy machine, not a measure.
const test = (name, work) => nodeTest(name, { timeout: 90_000 }, work);

let open, site;
let finish;
const running = new Promise((done) => (finish = done));
let ended;
before(async () => {
  await new Promise((ready, failed) => {
    ended = withSite(pages, (address) =>
      withBrowser(async (opener) => {
        open = opener;
        site = address;
        ready();
        await running;
      }),
    ).catch(failed);
  });
});
afterEach(() => open.closeAll());
after(async () => {
  finish();
  await ended;
});

async function leadsWith(query, as = token) {
  const reply = await fetch(`${base}/api/v1/leads?q=${encodeURIComponent(query)}`, {
    headers: { Authorization: `Bearer ${as}` },
  });
  assert.equal(reply.status, 200);
  return (await reply.json()).data;
}

// What has the focus, inside the shadow root too.
const focused = (page) =>
  page.evaluate(() => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    return element?.id || element?.className || element?.tagName;
  });

test("a click, a form, a lead with its page, its campaign and its words", async () => {
  const page = await open(`${site}/?utm_source=vk&utm_campaign=may&other=1`);
  const told = page.evaluate(
    () => new Promise((done) => addEventListener("flead:lead", (event) => done(event.detail))),
  );
  const lead = await sendLead(page, {
    name: "Анна Ёлкина",
    phone: "8 (916) 000-01-01",
    email: "anna@example.org",
    message: "Здравствуйте!",
  });
  assert.match(lead.id, /^lead_/);
  assert.deepEqual(await told, { id: lead.id });
  const [stored] = await leadsWith("+79160000101");
  assert.equal(stored.id, lead.id);
  assert.equal(stored.name, "Анна Ёлкина");
  assert.equal(stored.source, "widget");
  assert.equal(stored.utm.source, "vk");
  assert.equal(stored.utm.campaign, "may");
  assert.ok(stored.page_url.startsWith(`${site}/?utm_source=vk`));
  assert.equal(await widget.heading(page).textContent(), "Спасибо!");
  assert.equal(await widget.booking(page).getAttribute("href"), lead.booking_url);
  assert.deepEqual(page.problems, []);
  assert.deepEqual(
    await page.evaluate(() => Object.keys(window).filter((name) => /flead/i.test(name))),
    ["__flead_widget"],
  );
  assert.equal(await page.evaluate(() => sessionStorage.length + localStorage.length), 0);
});

test("the last step has a button and a code for each messenger", async () => {
  const page = await open(`${site}/chatty`);
  const lead = await sendLead(page, { name: "Ия", phone: "+7 916 000-09-09" });
  const links = page.locator("flead-widget div > div > a.plain");
  await links.first().waitFor();
  assert.deepEqual(await links.allTextContents(), ["Написать в Telegram", "Написать в MAX"]);
  for (const url of await links.evaluateAll((all) => all.map((one) => one.href))) {
    assert.match(url, /^https:.*[?&]start=[A-Za-z0-9_-]{55}$/);
  }
  assert.equal(await links.first().getAttribute("rel"), "noopener");
  const codes = page.locator("flead-widget svg");
  assert.equal(await codes.count(), 2);
  assert.ok((await codes.first().boundingBox()).height > 150, "the code on a wide screen");
  assert.equal(await widget.booking(page).getAttribute("href"), lead.booking_url);
  assert.deepEqual(page.problems, []);
});

test("a phone is shown no code that it would have to photograph", async () => {
  const page = await open(`${site}/chatty`, { viewport: { width: 390, height: 800 } });
  await sendLead(page, { phone: "+7 916 000-09-11" });
  await page.getByText("Написать в MAX").waitFor();
  assert.equal(await page.locator("flead-widget svg").count(), 0);
});

test("a tenant without messengers is not asked for any", async () => {
  const page = await open(`${site}/`);
  let asked = 0;
  page.on("request", (request) => (asked += request.url().includes("/messengers") ? 1 : 0));
  await sendLead(page, { phone: "+7 916 000-09-10" });
  assert.equal(asked, 0);
  assert.equal(await page.getByText("Telegram").count(), 0);
});

test("the keyboard alone is enough, and focus comes back to where it was", async () => {
  const page = await open(`${site}/`);
  await widget.launcher(page).waitFor();
  await page.locator("#before").focus();
  await page.keyboard.press("Tab");
  assert.match(await focused(page), /launcher/);
  await page.keyboard.press("Enter");
  assert.equal(await focused(page), "name");
  await page.keyboard.type("Клавдия");
  await page.keyboard.press("Tab");
  await page.keyboard.type("+7 916 000-02-02");
  await page.keyboard.press("Tab"); // e-mail
  await page.keyboard.press("Tab"); // message
  await page.keyboard.press("Tab"); // consent
  assert.equal(await focused(page), "consent-processing");
  await page.keyboard.press("Space");
  await page.keyboard.press("Enter"); // sends from any single-line field
  await widget.booking(page).waitFor();
  assert.equal(await focused(page), "title");
  await page.keyboard.press("Escape");
  await widget.dialog(page).waitFor({ state: "hidden" });
  assert.match(await focused(page), /launcher/);
  assert.equal((await leadsWith("+79160000202")).length, 1);
});

test("focus goes round inside the open form, both ways", async () => {
  const page = await open(`${site}/`);
  await openWidget(page);
  const seen = new Set();
  for (let i = 0; i < 30; ++i) {
    await page.keyboard.press("Tab");
    seen.add(await focused(page));
    assert.ok(
      await page.evaluate(() => document.activeElement?.tagName === "FLEAD-WIDGET"),
      "the focus left the widget",
    );
  }
  assert.ok(seen.has("close") && seen.has("name") && seen.has("consent-processing"));
  assert.ok(!seen.has("website"), "the trap field took the focus");
  await widget.field(page, "name").focus();
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Shift+Tab");
  assert.ok(await page.evaluate(() => document.activeElement?.tagName === "FLEAD-WIDGET"));
});

test("mistakes are said beside their fields, aloud, and without a request", async () => {
  const page = await open(`${site}/`);
  await openWidget(page);
  let requests = 0;
  page.on("request", (request) => (requests += request.url().includes("/api/") ? 1 : 0));
  assert.equal(await widget.consent(page).isChecked(), false);
  await widget.submit(page).click();
  assert.match(await widget.error(page, "phone").textContent(), /телефон или почту/);
  assert.match(await widget.error(page, "consent-processing").textContent(), /соглас/i);
  assert.match(await widget.note(page).textContent(), /отмеченные/);
  assert.equal(await focused(page), "phone");
  const phone = widget.field(page, "phone");
  assert.equal(await phone.getAttribute("aria-invalid"), "true");
  assert.equal(await phone.getAttribute("aria-describedby"), "error-phone");
  await fillWidget(page, { email: "not an address", phone: "12" });
  await widget.submit(page).click();
  assert.match(await widget.error(page, "phone").textContent(), /номер/);
  assert.match(await widget.error(page, "email").textContent(), /адрес/);
  assert.equal(await widget.error(page, "consent-processing").textContent(), "");
  assert.equal(requests, 0);
});

test("what the server refuses is shown beside the field that it names", async () => {
  const page = await open(`${site}/`);
  await openWidget(page);
  await fillWidget(page, { name: "Пётр", phone: "999 999" }); // long enough for us, no number
  await widget.submit(page).click();
  await widget.error(page, "phone").filter({ hasText: "номер" }).waitFor();
  assert.equal(await widget.field(page, "name").inputValue(), "Пётр");
  assert.equal(await focused(page), "phone");
});

test("a failing network keeps what was typed, tries again and makes one lead", async () => {
  const page = await open(`${site}/`);
  await openWidget(page);
  await fillWidget(page, { name: "Вера", phone: "+7 916 000-03-03", message: "Очень жду" });
  const keys = [];
  page.on("request", (request) => {
    if (request.method() === "POST") keys.push(request.headers()["idempotency-key"]);
  });
  await page.context().setOffline(true);
  await widget.submit(page).click();
  await widget.note(page).filter({ hasText: "Нет связи" }).waitFor();
  assert.equal(await widget.field(page, "message").inputValue(), "Очень жду");
  await page.context().setOffline(false);
  await widget.booking(page).waitFor();
  assert.ok(keys.length >= 2);
  assert.equal(new Set(keys).size, 1, "the tries had different keys");
  assert.equal((await leadsWith("+79160000303")).length, 1);
});

test("an answer lost on the way is asked for again under the same key", async () => {
  const page = await open(`${site}/`);
  await openWidget(page);
  await fillWidget(page, { phone: "+7 916 000-04-04" });
  let lost = 0;
  await page.route("**/api/v1/leads", async (route) => {
    if (route.request().method() !== "POST" || lost++) return route.continue();
    await route.fetch(); // the server has it
    await route.abort("connectionreset"); // the visitor never hears
  });
  await widget.submit(page).click();
  await widget.note(page).filter({ hasText: "Нет связи" }).waitFor();
  await widget.booking(page).waitFor();
  const [lead] = await leadsWith("+79160000404");
  const reply = await fetch(`${base}/api/v1/leads/${lead.id}/events`, {
    headers: { Authorization: `Bearer ${token}` },
  });
  const kinds = (await reply.json()).data.map((event) => event.kind);
  assert.ok(!kinds.includes("lead.repeated"), `sent twice: ${kinds}`);
});

test("an undelivered request survives a reload, an unsent form leaves no trace", async () => {
  const page = await open(`${site}/`);
  await openWidget(page);
  await fillWidget(page, { phone: "+7 916 000-05-05" });
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);
  await page.route("**/api/v1/leads", (route) => route.abort());
  await widget.submit(page).click();
  await widget.note(page).filter({ hasText: "Нет связи" }).waitFor();
  assert.equal(await page.evaluate(() => sessionStorage.length), 1);
  await page.unroute("**/api/v1/leads");
  const told = page.waitForResponse((reply) => reply.url().endsWith("/api/v1/leads") && reply.ok());
  await page.reload();
  await told;
  assert.equal((await leadsWith("+79160000505")).length, 1);
  await page.waitForFunction(() => sessionStorage.length === 0);
});

test("a strict Content-Security-Policy with trusted types is no obstacle", async () => {
  const page = await open(`${site}/strict`);
  const lead = await sendLead(page, { phone: "+7 916 000-06-06" });
  assert.ok(lead.id);
  assert.deepEqual(page.problems, []);
  const position = await page
    .locator("flead-widget")
    .evaluate((host) => getComputedStyle(host).position);
  assert.equal(position, "fixed"); // the style arrived
});

test("a page's own style does not reach the form", async () => {
  const page = await open(`${site}/hostile`);
  const host = page.locator("flead-widget");
  await host.waitFor({ state: "attached" });
  assert.equal(await host.evaluate((element) => getComputedStyle(element).position), "fixed");
  await openWidget(page);
  const field = await widget.field(page, "name").evaluate((input) => {
    const style = getComputedStyle(input);
    return { display: style.display, opacity: getComputedStyle(document.body).opacity };
  });
  assert.equal(field.display, "block");
});

test("loaded three times, and before the body is there, it is one button", async () => {
  for (const path of ["/twice", "/head"]) {
    const page = await open(site + path);
    await widget.launcher(page).waitFor();
    await page.waitForLoadState("networkidle");
    assert.equal(await page.locator("flead-widget").count(), 1);
    assert.deepEqual(page.problems, []);
  }
});

test("the page decides the language", async () => {
  const english = await open(`${site}/english`);
  assert.equal(await widget.launcher(english).textContent(), "Get in touch");
  const russian = await open(`${site}/`, { locale: "en-US" });
  assert.equal(await widget.launcher(russian).textContent(), "Оставить заявку");
});

test("nothing moves for people who asked for less motion", async () => {
  const animation = async (reducedMotion) => {
    const page = await open(`${site}/`, { reducedMotion });
    await openWidget(page);
    return widget.dialog(page).evaluate((dialog) => getComputedStyle(dialog).animationName);
  };
  assert.equal(await animation("reduce"), "none");
  assert.notEqual(await animation("no-preference"), "none");
});

test("assistive technology finds names, roles and states", async () => {
  const page = await open(`${site}/`);
  await openWidget(page);
  const faults = await widget.dialog(page).evaluate((dialog) => {
    const faults = [];
    const root = dialog.getRootNode();
    for (const input of dialog.querySelectorAll("input,textarea")) {
      if (input.closest("[aria-hidden]")) continue;
      if (!input.labels.length) faults.push(`no label: ${input.id}`);
      const described = input.getAttribute("aria-describedby");
      if (!root.getElementById(described)) faults.push(`no description: ${input.id}`);
      if (!input.autocomplete && input.type !== "checkbox") faults.push(`no purpose: ${input.id}`);
      if (parseFloat(getComputedStyle(input).fontSize) < 16) faults.push(`zooms: ${input.id}`);
    }
    for (const button of root.querySelectorAll("button")) {
      if (!(button.getAttribute("aria-label") || button.textContent.trim())) faults.push("no name");
      const box = button.getBoundingClientRect();
      if (box.width && (box.height < 24 || box.width < 24)) faults.push("too small to hit");
    }
    if (!root.getElementById(dialog.getAttribute("aria-labelledby"))) faults.push("no title");
    const ids = [...root.querySelectorAll("[id]")].map((element) => element.id);
    if (new Set(ids).size !== ids.length) faults.push("ids repeat");
    if (!dialog.matches(":modal")) faults.push("not modal");
    return faults;
  });
  assert.deepEqual(faults, []);
  await page.getByRole("dialog", { name: "Оставьте заявку" }).waitFor();
  await page.getByRole("textbox", { name: "Телефон" }).waitFor();
  await page.getByRole("checkbox", { name: /обработку персональных данных/ }).waitFor();
});

test("each consent box links to its text, which opens", async () => {
  const page = await open(`${site}/`);
  await openWidget(page);
  const href = await page.locator("flead-widget .box a").getAttribute("href");
  assert.ok(href.startsWith(`${base}/legal/consent?`));
  const legal = await open(href);
  assert.match(await legal.locator("h1").textContent(), /Согласие на обработку/);
  assert.deepEqual(legal.problems, []);
});

test("a filled trap is answered like any other and marked", async () => {
  const page = await open(`${site}/`);
  await openWidget(page);
  await page.locator('flead-widget input[name="website"]').evaluate((trap) => (trap.value = "x"));
  await fillWidget(page, { phone: "+7 916 000-07-07" });
  await widget.submit(page).click();
  await widget.heading(page).filter({ hasText: "Спасибо" }).waitFor();
  assert.equal((await leadsWith("+79160000707"))[0].status, "suspect");
});

// Opens, fills and sends no faster than a person types; waits for the thanks.
async function sendSlowly(page, values) {
  await openWidget(page);
  const opened = await page.evaluate(() => performance.now());
  await fillWidget(page, values);
  await page.waitForFunction((from) => performance.now() - from > 1600, opened);
  await widget.submit(page).click();
  await widget.heading(page).filter({ hasText: "Спасибо" }).waitFor();
}

test("where a proof of work is asked for, a person brings one and a bare script does not", async () => {
  const page = await open(`${site}/guarded`);
  // Greeted at once, a lead is "contacted" soon: what counts is whether it is a suspect.
  const suspect = async (phone) => {
    const [lead] = await leadsWith(phone, guarded.token);
    return lead.status === "suspect";
  };
  await sendSlowly(page, { phone: "+7 916 000-09-01" });
  assert.equal(await suspect("+79160000901"), false);
  await page.locator("flead-widget .plain").click();
  await sendSlowly(page, { phone: "+7 916 000-09-02" }); // each lead has a proof of its own
  assert.equal(await suspect("+79160000902"), false);
  assert.deepEqual(page.problems, []);
  const bare = await fetch(`${base}/api/v1/leads`, {
    method: "POST",
    headers: { Authorization: `Bearer ${guarded.key}`, "Content-Type": "application/json" },
    body: JSON.stringify({ phone: "+79160000903", consent: { purposes: ["processing"] } }),
  });
  assert.equal(bare.status, 201);
  assert.equal((await bare.json()).status, "new"); // what it is told
  assert.equal(await suspect("+79160000903"), true);
});

test("a proof that cannot be had holds nobody up", async () => {
  const page = await open(`${site}/guarded`);
  await page.route("**/w/proof.js", (route) => route.abort());
  await sendSlowly(page, { phone: "+7 916 000-09-04" });
  assert.equal((await leadsWith("+79160000904", guarded.token)).length, 1);
});

test("the form fits a small phone and opens again empty after a lead", async () => {
  const page = await open(`${site}/`, { viewport: { width: 320, height: 480 }, hasTouch: true });
  await sendLead(page, { phone: "+7 916 000-08-08" });
  await page.locator("flead-widget .plain").tap();
  await openWidget(page);
  assert.equal(await widget.field(page, "phone").inputValue(), "");
  assert.equal(await widget.consent(page).isChecked(), false);
  const box = await widget.dialog(page).boundingBox();
  assert.ok(box.x >= 0 && box.width <= 320 && box.y >= 0 && box.y + box.height <= 480.5);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320);
});

test("nothing is loaded from any other host", async () => {
  const page = await open("");
  const hosts = new Set();
  page.on("request", (request) => hosts.add(new URL(request.url()).host));
  await page.goto(`${base}/demo/${process.env.FLEAD_SLUG}`);
  await openWidget(page);
  await page.waitForLoadState("networkidle");
  assert.deepEqual([...hosts], [new URL(base).host]);
  assert.deepEqual(page.problems, []);
});
