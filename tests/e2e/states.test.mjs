// The states that a healthy program does not show: always against the fixture, which is told to get into them.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { openBrowser, openPage, settled } from './browser.mjs';
import { startFixture } from './fixture/server.mjs';

let fixture;
let browser;
let closeBrowser;
const open = [];

before(async () => {
  fixture = await startFixture();
  ({ browser, close: closeBrowser } = await openBrowser());
});

afterEach(async () => {
  fixture.calm();
  for (const context of open.splice(0)) await context.close();
});

after(async () => {
  await closeBrowser?.();
  await fixture?.stop();
});

async function visit(path, options) {
  const { page, context } = await openPage(browser, fixture.url + path, options);
  open.push(context);
  return page;
}

const field = (page) => page.getByRole('textbox', { name: 'Describe a picture' });
const heading = (page, name) => page.getByRole('heading', { name });
const opacity = (page, selector) =>
  page.locator(selector).evaluate((element) => Number(getComputedStyle(element).opacity));

describe('loading', () => {
  it('shows where pictures will be, but not for quick answers', async () => {
    fixture.behaviour.delay = 1500;
    const page = await visit('/');
    await page.waitForSelector('.skeleton .tile', { state: 'attached' });
    const animation = await page.locator('.skeleton').evaluate((element) => getComputedStyle(element).animationDelay);
    assert.equal(animation, '0.15s');
    await page.waitForFunction(() => getComputedStyle(document.querySelector('.skeleton')).opacity === '1');
    await page.waitForFunction(() => getComputedStyle(document.querySelector('.progress')).opacity === '1');
    await settled(page);
    assert.equal(await page.locator('.skeleton').count(), 0);
    assert.equal(await opacity(page, '.progress'), 0);
  });

  it('keeps the results before, paler, until the next are there', async () => {
    const page = await visit('/?q=dog');
    await settled(page);
    const ids = () => page.$$eval('.tile-open', (tiles) => tiles.map((tile) => tile.id));
    const before = await ids();
    fixture.behaviour.delay = 1200;
    await field(page).fill('cat');
    await page.waitForSelector('.grid[data-stale="true"]');
    assert.deepEqual(await ids(), before);
    await page.waitForFunction(() => Number(getComputedStyle(document.querySelector('.grid')).opacity) < 0.5);
    await settled(page);
    assert.notDeepEqual(await ids(), before);
  });

  it('drops answers that come too late', async () => {
    const page = await visit('/');
    await settled(page);
    fixture.behaviour.delay = 800;
    await field(page).fill('dog');
    await page.waitForFunction(() => location.search === '?q=dog');
    fixture.behaviour.delay = 0;
    await field(page).fill('cat');
    await page.waitForSelector('.score');
    await settled(page);
    const before = await page.locator('.score').allTextContents();
    await page.waitForTimeout(1000);
    assert.deepEqual(await page.locator('.score').allTextContents(), before);
    assert.equal(await page.title(), 'cat – glimpse');
  });
});

describe('nothing to show', () => {
  it('says how to fill an empty library', async () => {
    fixture.behaviour.empty = true;
    const page = await visit('/');
    await heading(page, 'Your library is empty').waitFor();
    await page.getByText('glimpse index ~/Pictures').waitFor();
    fixture.behaviour.empty = false;
    await page.getByRole('button', { name: 'Look again' }).click();
    await settled(page);
  });

  it('says the same when a search meets an empty library', async () => {
    fixture.behaviour.empty = true;
    const page = await visit('/?q=dog');
    await heading(page, 'Your library is empty').waitFor();
  });

  it('says that nothing was found, and leads back', async () => {
    fixture.behaviour.nothing = true;
    const page = await visit('/?q=xyzzy');
    await heading(page, 'Nothing found').waitFor();
    await page.getByText('Nothing found for “xyzzy”').waitFor({ state: 'attached' });
    await page.getByRole('button', { name: 'Show all pictures' }).click();
    await settled(page);
    assert.equal(new URL(page.url()).search, '');
  });
});

describe('failures', () => {
  const error = {
    status: 503,
    code: 'unavailable',
    message: 'model glimpse-small: still being compiled; try again in 5 seconds',
  };

  it("show the server's words, and a way to try again", async () => {
    fixture.behaviour.error = error;
    const page = await visit('/?q=dog');
    await page.getByRole('alert').getByText(error.message).waitFor();
    fixture.behaviour.error = null;
    await page.getByRole('button', { name: 'Try again' }).click();
    await settled(page);
  });

  it('do not take away what is there when only the next page fails', async () => {
    fixture.behaviour.error = error;
    fixture.behaviour.errorFrom = 1;
    const page = await visit('/?q=dog');
    await settled(page);
    await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
    await page.getByRole('alert').getByText(error.message).waitFor();
    const count = await page.locator('.tile').count();
    const asked = fixture.requests.length;
    await page.waitForTimeout(400);
    assert.equal(
      fixture.requests.filter((line) => line.includes('offset=48')).length,
      1,
      'does not ask again by itself',
    );
    assert.ok(fixture.requests.length >= asked);
    fixture.behaviour.error = null;
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.waitForFunction((before) => document.querySelectorAll('.tile').length > before, count);
  });

  it('tell when the server is gone, and end when it is back', async () => {
    const page = await visit('/');
    await settled(page);
    await fixture.stop();
    await field(page).fill('dog');
    await heading(page, 'glimpse does not answer').waitFor();
    await page.getByText('glimpse serve', { exact: true }).waitFor();
    await fixture.start();
    await page.waitForSelector('.score');
    await settled(page);
  });

  it('of one thumbnail leave a mark and the name', async () => {
    fixture.behaviour.brokenThumbnails = true;
    const page = await visit('/');
    await page.waitForSelector('.tile[data-state="broken"]');
    assert.equal(await opacity(page, '.tile-name >> nth=0'), 1);
  });

  it('of the file itself are said in the large view', async () => {
    fixture.behaviour.brokenFiles = true;
    const page = await visit('/');
    await settled(page);
    await page.locator('.tile-open').first().click();
    await page.getByRole('alert').getByText('This file cannot be shown').waitFor();
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction(() => document.querySelector('.viewer-count')?.textContent.startsWith('2 of'));
  });

  it('of a picture that is not in the library are said', async () => {
    fixture.behaviour.error = {
      status: 404,
      code: 'not_found',
      message: 'no picture with id 999',
    };
    const page = await visit('/?like=999');
    await page.getByRole('alert').getByText('no picture with id 999').waitFor();
  });
});
