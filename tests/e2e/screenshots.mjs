// npm run screenshots [-- FOLDER]: every view, light and dark, narrow to wide, into build/screenshots, to be looked at.
// FOLDER: real pictures to show instead of drawn ones.
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { openBrowser, openPage } from './browser.mjs';
import { drawnPictures, folderPictures } from './fixture/pictures.mjs';
import { startFixture } from './fixture/server.mjs';
import { VIEWS } from './views.mjs';

const folder = process.argv[2];
const out = fileURLToPath(new URL('../../build/screenshots/', import.meta.url));
mkdirSync(out, { recursive: true });

const fixture = await startFixture({
  pictures: folder ? folderPictures(folder, 1000) : drawnPictures(150),
});
const { browser, close } = await openBrowser();
for (const scheme of ['light', 'dark']) {
  for (const [width, height] of [
    [320, 640],
    [768, 1024],
    [1440, 900],
  ]) {
    for (const [name, view] of Object.entries(VIEWS)) {
      fixture.calm();
      Object.assign(fixture.behaviour, view.behaviour);
      const { page, context } = await openPage(browser, 'about:blank', {
        width,
        height,
        scheme,
      });
      await view.reach(page, fixture);
      await page.waitForTimeout(300);
      await page.screenshot({ path: `${out}${name}-${width}-${scheme}.png` });
      await context.close();
    }
  }
}
await close();
await fixture.stop();
console.log(out);
