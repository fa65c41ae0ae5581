// The HTML reports of `glimpse eval` and `glimpse train` (GLIMPSE_REPORTS: files, separated by colons): nothing is
// fetched, the console is silent, every picture is drawn, and axe-core finds nothing to complain about; light and dark,
// narrow and wide.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { openBrowser, openPage, violations } from './browser.mjs';

let browser;
let closeBrowser;

before(async () => {
  ({ browser, close: closeBrowser } = await openBrowser());
});

after(async () => {
  await closeBrowser?.();
});

/** Pictures that are not drawn, or not described. */
const notShown = () =>
  [...document.images]
    .filter((image) => !(image.complete && image.naturalWidth > 0 && image.getBoundingClientRect().width > 20))
    .map((image) => image.alt)
    .concat([...document.images].filter((image) => image.alt === '').map((image) => image.src.slice(0, 60)));

for (const file of (process.env.GLIMPSE_REPORTS ?? '').split(':').filter(Boolean)) {
  describe(file, () => {
    for (const scheme of ['light', 'dark']) {
      for (const width of [360, 1280]) {
        it(`${scheme}, ${String(width)} pixels wide`, async () => {
          const address = pathToFileURL(file).href;
          const { page, context, problems } = await openPage(browser, 'about:blank', { width, scheme });
          const asked = [];
          page.on('request', (request) => asked.push(request.url()));
          await page.goto(address);
          assert.deepEqual(
            asked.filter((url) => url !== address && !url.startsWith('data:')),
            [],
          );
          assert.ok((await page.locator('img').count()) > 0 || (await page.locator('figure svg').count()) > 0);
          assert.deepEqual(await page.evaluate(notShown), []);
          assert.ok(
            (await page.evaluate(() => document.documentElement.scrollWidth)) <= width,
            'wider than the window',
          );
          assert.deepEqual(await violations(page), []);
          assert.deepEqual(problems, []);
          await context.close();
        });
      }
    }
  });
}
