// Judging results. Runs against the program at GLIMPSE_URL, or without it against the fixture; takes back what it judged.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openBrowser, openPage, settled } from './browser.mjs';
import { startFixture } from './fixture/server.mjs';

const real = process.env.GLIMPSE_URL?.replace(/\/$/, '');
let fixture;
let browser;
let closeBrowser;
let base;

before(async () => {
  if (!real) fixture = await startFixture();
  base = real ?? fixture.url;
  ({ browser, close: closeBrowser } = await openBrowser());
});

after(async () => {
  await closeBrowser?.();
  await fixture?.stop();
});

async function visit(path, options, body) {
  const { page, context, problems } = await openPage(browser, base + path, options);
  try {
    await settled(page);
    await body(page);
    assert.deepEqual(problems, []);
  } finally {
    await context.close();
  }
}

const toggle = (page) => page.getByRole('button', { name: 'Judge results' });
const tile = (page, index) => page.locator(`.tile[data-index="${index}"]`);
const gradeButton = (page, index, name) => tile(page, index).getByRole('button', { name });
const given = (page, index) => tile(page, index).locator('.grade[aria-pressed="true"]').allTextContents();
const judgedIs = (page, text) => page.locator('.judge-count', { hasText: text }).waitFor();
const focusIs = (page, index) =>
  page.waitForFunction(
    (wanted) => Number(document.activeElement?.closest('.tile')?.dataset.index ?? -1) === wanted,
    index,
  );
const judgmentsOf = async (page, query) => {
  const answer = await page.request.get(`${base}/api/v1/judgments?judge=&q=${encodeURIComponent(query)}`);
  return (await answer.json()).judgments;
};
/** Until the server has so many: the page shows a grade before it is stored. */
async function storedIs(page, query, count) {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const stored = await judgmentsOf(page, query);
    if (stored.length === count) return stored;
    assert.ok(Date.now() < deadline, `${stored.length} judgments are stored, expected ${count}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function startJudging(page) {
  await toggle(page).click();
  await judgedIs(page, /^0 pictures judged$/);
}

describe('judging results', () => {
  it('is offered where words were searched for, and off at first', async () => {
    await visit('/', {}, async (page) => assert.equal(await toggle(page).count(), 0));
    await visit('/?q=picture&in=captions', {}, async (page) => assert.equal(await toggle(page).count(), 0));
    await visit('/?q=a+dog', {}, async (page) => {
      await toggle(page).waitFor();
      assert.equal(await toggle(page).getAttribute('aria-pressed'), 'false');
      assert.equal(await page.locator('.grade').count(), 0);
      await page.locator('.tile-open').first().focus();
      await page.keyboard.press('3');
      await page.keyboard.press('u');
      assert.deepEqual(await judgmentsOf(page, 'a dog'), []);
    });
  });

  it('grades with keys, goes on to the next picture, and undoes', () =>
    visit('/?q=a+dog', {}, async (page) => {
      await startJudging(page);
      assert.equal(await page.locator('.score').count(), 0, 'a score in view would be graded');
      await page.locator('.tile-open').first().focus();
      await page.keyboard.press('3');
      await focusIs(page, 1);
      await page.keyboard.press('0');
      await focusIs(page, 2);
      await judgedIs(page, '2 pictures judged');
      assert.deepEqual([await given(page, 0), await given(page, 1)], [['3'], ['0']]);
      const stored = await storedIs(page, 'a dog', 2);
      assert.deepEqual(
        stored.map((one) => [one.grade, one.rank]),
        [
          [3, 1],
          [0, 2],
        ],
      );
      await page.keyboard.press('u');
      await focusIs(page, 1);
      assert.deepEqual(await given(page, 1), []);
      await page.getByRole('button', { name: 'Undo' }).click();
      await judgedIs(page, '0 pictures judged');
      assert.ok(await page.getByRole('button', { name: 'Undo' }).isDisabled());
      await storedIs(page, 'a dog', 0);
    }));

  it('shows what was judged before, and takes a grade back when it is pressed again', () =>
    visit('/?q=a+dog', {}, async (page) => {
      await startJudging(page);
      await gradeButton(page, 1, '2, right').click();
      await storedIs(page, 'a dog', 1);
      await page.goto(`${base}/?q=a+dog`);
      await settled(page);
      await toggle(page).click();
      await judgedIs(page, '1 picture judged');
      const pressed = page.locator('.grade[aria-pressed="true"]');
      assert.deepEqual(await pressed.allTextContents(), ['2']);
      await pressed.click();
      await judgedIs(page, '0 pictures judged');
      await storedIs(page, 'a dog', 0);
      await toggle(page).click();
      await page.locator('.grades').first().waitFor({ state: 'detached' });
    }));

  it('follows to the next query', () =>
    visit('/?q=a+dog', {}, async (page) => {
      await startJudging(page);
      await gradeButton(page, 0, '1, partly').click();
      await judgedIs(page, '1 picture judged');
      await page.fill('.search-input', 'two cats 3');
      await judgedIs(page, '0 pictures judged');
      await settled(page);
      assert.deepEqual(await judgmentsOf(page, 'two cats 3'), [], 'a digit typed is no grade');
      await page.fill('.search-input', 'a dog');
      await judgedIs(page, '1 picture judged');
      await settled(page);
      await page.locator('.grade[aria-pressed="true"]').first().click();
      await storedIs(page, 'a dog', 0);
    }));

  it('grades in the large view, where the picture is seen best', () =>
    visit('/?q=a+dog', {}, async (page) => {
      await startJudging(page);
      await page.locator('.tile-open').first().click();
      const large = page.getByRole('dialog', { name: 'Large view' });
      await large.waitFor();
      const first = await page.textContent('.viewer-name');
      await page.keyboard.press('2');
      await page.waitForFunction((name) => document.querySelector('.viewer-name')?.textContent !== name, first);
      await large.getByRole('button', { name: '0, wrong' }).click();
      assert.equal(await large.getByRole('button', { name: '0, wrong' }).getAttribute('aria-pressed'), 'true');
      await page.keyboard.press('Escape');
      await large.waitFor({ state: 'detached' });
      assert.deepEqual([await given(page, 0), await given(page, 1)], [['2'], ['0']]);
      await storedIs(page, 'a dog', 2);
      for (const _ of [0, 1]) await page.keyboard.press('u');
      await storedIs(page, 'a dog', 0);
    }));

  for (const width of [320, 768, 1440]) {
    it(`has buttons for fingers, and full rows, at ${width} px`, () =>
      visit('/?q=a+dog', { width, height: 800, hasTouch: true }, async (page) => {
        await toggle(page).tap();
        await judgedIs(page, '0 pictures judged');
        await settled(page);
        const smallest = await page.$$eval('.grade', (buttons) =>
          buttons.map((one) => one.getBoundingClientRect()).map(({ width, height }) => [width, height]),
        );
        assert.ok(
          smallest.length > 0 && smallest.every(([w, h]) => w >= 24 && h >= 36),
          JSON.stringify(smallest.sort(([a], [b]) => a - b)[0]),
        );
        const [scrolls, shows] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
        assert.ok(scrolls <= shows, `${scrolls} px of content in ${shows} px`);
        await gradeButton(page, 0, '3, exactly').tap();
        await judgedIs(page, '1 picture judged');
        assert.equal(await page.getByRole('dialog').count(), 0, 'a grade does not open the picture');
        await page.getByRole('button', { name: 'Undo' }).tap();
        await storedIs(page, 'a dog', 0);
      }));
  }

  it('gives what was judged as files', () =>
    visit('/?q=a+dog', {}, async (page) => {
      await startJudging(page);
      await gradeButton(page, 0, '3, exactly').click();
      await storedIs(page, 'a dog', 1);
      for (const [name, form] of [
        ['judgments', /^q\S+ 0 \S+ 3\n/],
        ['queries', /./],
      ]) {
        const link = page.getByRole('link', { name, exact: true });
        const answer = await page.request.get(base + (await link.getAttribute('href')));
        assert.equal(answer.status(), 200);
        assert.match(await answer.text(), form);
      }
      await page.getByRole('button', { name: 'Undo' }).click();
      await storedIs(page, 'a dog', 0);
    }));
});

describe('judging that does not work', { skip: real !== undefined }, () => {
  it('says what was not stored, and shows what is', () =>
    visit('/?q=a+dog', {}, async (page) => {
      await startJudging(page);
      fixture.behaviour.refuseJudgments = { status: 503, code: 'unavailable', message: 'process 7 is writing' };
      await gradeButton(page, 0, '3, exactly').click();
      await page.getByText('Not stored: process 7 is writing').waitFor();
      await judgedIs(page, '0 pictures judged');
      assert.deepEqual(await given(page, 0), []);
      fixture.calm();
    }));

  it('is not offered where no judgments are kept', async () => {
    fixture.behaviour.judging = false;
    await visit('/?q=a+dog', {}, async (page) => {
      await page.waitForFunction(() => document.querySelector('.status')?.textContent !== '');
      assert.equal(await toggle(page).count(), 0);
    });
    fixture.calm();
  });
});
