// A report of `glimpse analyze` (REPORT: a path): quiet, self-contained, legible and accessible in both themes, at any
// width, and on paper.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openBrowser, openPage, violations } from './browser.mjs';

const URL = `file://${encodeURI(process.env.REPORT)}`;

/** Text and pictures that reach beyond the sides of the window, other than in tables that scroll. */
const cutOff = () =>
  [...document.querySelectorAll('h1, h2, h3, p, li, figure, svg, img, summary')]
    .filter((element) => element.checkVisibility() && !element.closest('.scroll'))
    .filter((element) => {
      const { left, right } = element.getBoundingClientRect();
      return left < -1 || right > document.documentElement.clientWidth + 1;
    })
    .map((element) => element.outerHTML.slice(0, 100));

/** Plots and pictures that show nothing. */
const blank = () =>
  [...document.querySelectorAll('figure.plot > svg, main img')]
    .filter((element) => {
      const { width, height } = element.getBoundingClientRect();
      const drawn = element.matches('img') ? element.naturalWidth > 0 : element.querySelector('rect, circle, path');
      return width < 20 || height < 8 || !drawn;
    })
    .map((element) => element.outerHTML.slice(0, 100));

/** The contrast of what is drawn with the ground that it is drawn on, at its lowest. */
const leastContrast = () => {
  const luminance = (colour) => {
    const [r, g, b] = colour.match(/[\d.]+/g).map(Number);
    const linear = (c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  };
  const ground = luminance(getComputedStyle(document.querySelector('main section')).backgroundColor);
  return Math.min(
    ...[...document.querySelectorAll('.plot .fill, .plot text')].map((element) => {
      const own = luminance(getComputedStyle(element).fill);
      return (Math.max(own, ground) + 0.05) / (Math.min(own, ground) + 0.05);
    }),
  );
};

let browser;
let close;
before(async () => {
  ({ browser, close } = await openBrowser());
});
after(async () => {
  await close?.();
});

for (const scheme of ['light', 'dark']) {
  describe(scheme, () => {
    it('is quiet and asks for nothing', async () => {
      const requests = [];
      const { page, context, problems } = await openPage(browser, 'about:blank', { scheme });
      page.on('request', (request) => requests.push(request.url().slice(0, 60)));
      await page.goto(URL);
      assert.deepEqual(problems, []);
      assert.deepEqual(
        requests.filter((url) => !url.startsWith('data:') && url !== URL.slice(0, 60)),
        [],
      );
      await context.close();
    });

    it('has its headings, plots and pictures, wide and narrow', async () => {
      const { page, context } = await openPage(browser, URL, { scheme });
      const headings = await page.locator('h2').allTextContents();
      for (const heading of ['Map', 'Pictures', 'Groups', 'Captions', 'Captions that fit badly', 'Duplicates']) {
        assert.ok(headings.includes(heading), `${heading} in ${headings}`);
      }
      for (const width of [1400, 768, 400, 320]) {
        await page.setViewportSize({ width, height: 900 });
        assert.deepEqual(await page.evaluate(cutOff), [], `cut off at ${width} px`);
        assert.deepEqual(await page.evaluate(blank), [], `blank at ${width} px`);
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
      }
      assert.ok((await page.evaluate(leastContrast)) >= 3);
      await context.close();
    });

    it('satisfies axe-core', async () => {
      const { page, context } = await openPage(browser, URL, { scheme, bypassCSP: true });
      assert.deepEqual(await violations(page), []);
      await context.close();
    });
  });
}

it('follows a link of its contents, and opens its numbers', async () => {
  const { page, context } = await openPage(browser, URL);
  await page.getByRole('link', { name: 'Duplicates' }).click();
  await page.waitForFunction(() => location.hash.startsWith('#section-'));
  const details = page.locator('figure.plot details').first();
  await details.locator('summary').click();
  assert.ok(await details.locator('table').isVisible());
  await context.close();
});

it('prints in black on white, without the links of the screen', async () => {
  const { page, context } = await openPage(browser, URL, { scheme: 'dark' });
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  const colours = await page.evaluate(() => [
    getComputedStyle(document.body).backgroundColor,
    getComputedStyle(document.body).color,
    getComputedStyle(document.querySelector('nav')).display,
  ]);
  assert.deepEqual(colours, ['rgb(255, 255, 255)', 'rgb(0, 0, 0)', 'none']);
  const pdf = await page.pdf({ format: 'A4' });
  assert.ok(pdf.length > 10_000);
  await context.close();
});
