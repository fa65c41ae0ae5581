// The filter: conditions chosen and taken away, in the address, by keyboard and by mouse. Over the fixture, whose
// pictures are known.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { openBrowser, openPage, settled } from './browser.mjs';
import { startFixture } from './fixture/server.mjs';

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

beforeEach(() => fixture.calm());

async function visit(path, body) {
  const { page, context, problems } = await openPage(browser, fixture.url + path, {});
  try {
    await body(page);
    assert.deepEqual(problems, []);
  } finally {
    await context.close();
  }
}

const button = (page) => page.getByRole('button', { name: /^Filter/ });
const panel = (page) => page.getByRole('group', { name: 'Filter' });
const chips = (page) => page.getByRole('list', { name: 'Filters in use' }).getByRole('button', { name: /^Remove/ });
const chipTexts = async (page) => (await chips(page).allTextContents()).map((text) => text.trim());
const addressIs = (page, search) =>
  page.waitForFunction((wanted) => decodeURIComponent(location.search) === wanted, search);
const totalIs = (page, total) =>
  page.waitForFunction((wanted) => document.querySelector('.status')?.textContent?.startsWith(wanted), total);
const open = async (page) => {
  await button(page).click();
  await panel(page).getByLabel('Camera').and(page.locator(':not([disabled])')).waitFor();
};

describe('the filter', () => {
  it('offers what there is, and shows what was chosen on chips', () =>
    visit('/?q=black+dog', async (page) => {
      await settled(page);
      await totalIs(page, '150 pictures');
      await open(page);
      const cameras = await panel(page).getByLabel('Camera').locator('option').allTextContents();
      assert.deepEqual(cameras, ['Any camera', 'NIKON COOLPIX P900 (38)', 'Canon EOS 5D (37)']);
      await panel(page).getByLabel('Camera').selectOption('Canon EOS 5D');
      await addressIs(page, '?q=black+dog&camera=Canon+EOS+5D');
      await totalIs(page, '37 pictures');
      await panel(page).getByLabel('Camera').selectOption('NIKON COOLPIX P900');
      await totalIs(page, '75 pictures');
      await panel(page).getByLabel('Month').selectOption('2023-05');
      await addressIs(page, '?q=black+dog&after=2023-05&before=2023-06&camera=Canon+EOS+5D&camera=NIKON+COOLPIX+P900');
      await totalIs(page, '13 pictures');
      assert.deepEqual(await chipTexts(page), ['May 2023', 'Canon EOS 5D', 'NIKON COOLPIX P900']);
      assert.equal(await page.getByRole('heading', { name: 'Best matches' }).count(), 1);
    }));

  it('takes days, and the last one counts', () =>
    visit('/', async (page) => {
      await settled(page);
      await open(page);
      await panel(page).getByLabel('From').fill('2023-05-15');
      await panel(page).getByLabel('Until').fill('2023-05-15');
      await addressIs(page, '?after=2023-05-15&before=2023-05-16');
      await totalIs(page, '13 pictures');
      assert.deepEqual(await chipTexts(page), ['from May 15, 2023', 'until May 15, 2023']);
      await panel(page).getByLabel('Until').fill('');
      await addressIs(page, '?after=2023-05-15');
    }));

  it('is in the address: opened there, and left by Back', () =>
    visit('/?camera=Canon+EOS+5D&shape=portrait&sort=date', async (page) => {
      await settled(page);
      assert.deepEqual(await chipTexts(page), ['Canon EOS 5D', 'portrait']);
      assert.ok(fixture.requests.some((line) => line.includes('camera=Canon+EOS+5D&shape=portrait&sort=date')));
      await chips(page).first().click();
      await addressIs(page, '?shape=portrait&sort=date');
      await page.goBack();
      await addressIs(page, '?camera=Canon+EOS+5D&shape=portrait&sort=date');
      await page.waitForFunction(() => document.querySelectorAll('.filter-chip').length === 2);
    }));

  it('works by keyboard: Escape leaves the panel, removing a chip keeps the focus near', () =>
    visit('/?q=dog&camera=Canon+EOS+5D&format=png', async (page) => {
      await settled(page);
      await button(page).focus();
      await page.keyboard.press('Enter');
      await panel(page).waitFor();
      await page.keyboard.press('Tab');
      assert.equal(await page.evaluate(() => document.activeElement?.closest('.filter-panel') !== null), true);
      await page.keyboard.press('Escape');
      await panel(page).waitFor({ state: 'hidden' });
      assert.equal(await page.evaluate(() => document.activeElement?.classList.contains('filter-button')), true);
      await chips(page).first().focus();
      await page.keyboard.press('Enter');
      await addressIs(page, '?q=dog&format=png');
      await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label') === 'Remove: PNG');
      await page.keyboard.press('Enter');
      await addressIs(page, '?q=dog');
      await page.waitForFunction(() => document.activeElement?.classList.contains('filter-button'));
    }));

  it('stays while one types, searches with another picture or clears the field, and goes with the wordmark', () =>
    visit('/?format=png', async (page) => {
      await settled(page);
      await page.fill('.search-input', 'boat');
      await addressIs(page, '?q=boat&format=png');
      await page.keyboard.press('Escape');
      await addressIs(page, '?format=png');
      await page.getByRole('link', { name: 'glimpse, all pictures' }).click();
      await addressIs(page, '');
      assert.equal(await chips(page).count(), 0);
    }));

  it('says when it lets nothing through, and can be dropped', () =>
    visit('/?q=dog&camera=Zenit', async (page) => {
      await page.getByRole('heading', { name: 'Nothing found' }).waitFor();
      await page.getByRole('button', { name: 'Search without the filter' }).click();
      await addressIs(page, '?q=dog');
      await settled(page);
    }));

  it('sorts by date', () =>
    visit('/?camera=Canon+EOS+5D', async (page) => {
      await settled(page);
      const first = (id) =>
        page.waitForFunction((wanted) => document.querySelector('.tile-open')?.id.endsWith(wanted), `-${id}`);
      await first(4);
      await open(page);
      await panel(page).getByRole('radio', { name: 'date taken' }).check();
      await addressIs(page, '?camera=Canon+EOS+5D&sort=date');
      await first(8); // of September; 4 is of May, 12 of January
    }));

  it('finds pictures near the one in the large view', () =>
    visit('/?view=10', async (page) => {
      await page.waitForSelector('.viewer');
      await page.keyboard.press('i');
      const details = page.getByRole('complementary', { name: 'Details' });
      const text = await details.innerText();
      for (const line of [
        'November 15, 2023',
        'NIKON COOLPIX P900',
        'EF24-105mm f/4L IS USM',
        '48.20850° N, 16.37210° E',
        'PNG',
      ]) {
        assert.ok(text.includes(line), `${line} in ${text}`);
      }
      await details.getByRole('button', { name: 'Pictures near here' }).click();
      await addressIs(page, '?near=48.2085,16.3721,10km');
      await totalIs(page, '30 pictures');
      assert.equal(await page.locator('dialog[open]').count(), 0);
    }));
});
