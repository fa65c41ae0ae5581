// axe-core finds nothing to complain about: every view, light and dark, narrow, middle and wide.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openBrowser, openPage, violations } from './browser.mjs';
import { startFixture } from './fixture/server.mjs';
import { VIEWS } from './views.mjs';

/** Texts and controls that reach beyond the sides of the window, other than in rows that scroll. */
const cutOff = () =>
  [...document.querySelectorAll('#page :is(button, a, input:not([type=file]), p, h1, h2, li, pre)')]
    .filter((element) => element.checkVisibility() && !element.closest('.visually-hidden'))
    .filter((element) => {
      for (let parent = element; parent; parent = parent.parentElement) {
        if (/auto|scroll/.test(getComputedStyle(parent).overflowX)) return false;
      }
      const { left, right } = element.getBoundingClientRect();
      return left < -1 || right > document.documentElement.clientWidth + 1;
    })
    .map((element) => element.outerHTML.slice(0, 100));

let fixture;
let browser;
let closeBrowser;

before(async () => {
  fixture = await startFixture();
  ({ browser, close: closeBrowser } = await openBrowser());
});

after(async () => {
  await closeBrowser?.();
  await fixture?.stop();
});

for (const scheme of ['light', 'dark']) {
  describe(scheme, () => {
    for (const [name, view] of Object.entries(VIEWS)) {
      it(name, async () => {
        fixture.calm();
        Object.assign(fixture.behaviour, view.behaviour);
        const { page, context } = await openPage(browser, 'about:blank', { width: 1440, height: 800, scheme });
        try {
          await view.reach(page, fixture);
          for (const width of [1440, 768, 320]) {
            await page.setViewportSize({ width, height: 800 });
            await page.evaluate(
              () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
            );
            assert.deepEqual(await violations(page), [], `axe-core at ${width} px`);
            assert.deepEqual(await page.evaluate(cutOff), [], `cut off at the side at ${width} px`);
          }
        } finally {
          await context.close();
        }
      });
    }
  });
}
