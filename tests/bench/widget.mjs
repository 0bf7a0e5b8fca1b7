// What the widget's script adds to a page: widget.mjs BASE PK. Loads a page with an empty script and
// a page with the widget, A B A B, in headless Chromium; prints the medians of DOMContentLoaded to
// the script's load event, and their difference.
import { createRequire } from 'node:module';
const require = createRequire(new URL('../browser/package.json', import.meta.url));
const { chromium } = require('playwright-core');

const [base, pk] = process.argv.slice(2);
const runs = 25;
const page_with = (src) =>
  `<!doctype html><html><head><title>x</title></head><body><p>text</p><script>
   const begin = performance.now();
   const script = document.createElement('script');
   script.src = ${JSON.stringify(src)};
   script.onload = () => requestAnimationFrame(() => { window.took = performance.now() - begin; });
   script.onerror = () => { window.took = -1; };
   document.body.append(script);
   </script></body></html>`;

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
         '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const took = { empty: [], widget: [] };
const context = await browser.newContext();
await context.route(`${base}/bench-empty.js`, (route) =>
  route.fulfill({ contentType: 'text/javascript', body: '' }));
await context.route(`${base}/bench-*.html`, (route) =>
  route.fulfill({
    contentType: 'text/html',
    body: page_with(route.request().url().includes('empty') ? `${base}/bench-empty.js`
                                                            : `${base}/w/${pk}.js`),
  }));
for (let run = 0; run < runs; ++run) {
  for (const kind of ['empty', 'widget']) {
    const page = await context.newPage();
    await page.goto(`${base}/bench-${kind}.html`);
    took[kind].push(await (await page.waitForFunction(() => window.took)).jsonValue());
    await page.close();
  }
}
await browser.close();
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
console.log(`page with an empty script\t${median(took.empty).toFixed(1)} ms\t`);
console.log(`page with the widget\t${median(took.widget).toFixed(1)} ms\t(goal +3 ms)`);
