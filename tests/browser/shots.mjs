// The README's pictures, of the real thing: `node shots.mjs BASE` with `flead demo` serving there.
import { fillWidget, openWidget, withBrowser } from "./lib.mjs";

const base = process.argv[2];
const folder = new URL("./shots/", import.meta.url).pathname;
const viewport = { width: 900, height: 620 };
await withBrowser(async (open) => {
  const page = await open("", { viewport, locale: "en-GB", timezoneId: "Europe/Berlin" });
  await page.goto(`${base}/demo/acme`);
  await openWidget(page);
  await fillWidget(page, { name: "Anna Weber", phone: "+49 30 901820", message: "After lunch?" });
  await page.screenshot({ path: `${folder}widget.png` });

  const slots = await open("", { viewport, locale: "en-GB", timezoneId: "Europe/Berlin" });
  await slots.goto(`${base}/b/acme`);
  await slots.locator(".times a").first().waitFor();
  await slots.screenshot({ path: `${folder}booking.png` });
});
