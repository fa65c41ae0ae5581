// What a person does with the page. Runs against the program at GLIMPSE_URL, or without it against the fixture; so it
// expects nothing of the pictures but that there are at least 60, and "picture" in the captions of some of them.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openBrowser, openPage, settled } from './browser.mjs';
import { drawPng } from './fixture/pictures.mjs';
import { startFixture } from './fixture/server.mjs';

let fixture;
let browser;
let closeBrowser;
let base;

before(async () => {
  base = process.env.GLIMPSE_URL?.replace(/\/$/, '');
  if (!base) {
    fixture = await startFixture();
    base = fixture.url;
  }
  ({ browser, close: closeBrowser } = await openBrowser());
});

after(async () => {
  await closeBrowser?.();
  await fixture?.stop();
});

/** Runs `body` on a fresh page; whatever the console or the content policy complains about fails the test. */
async function visit(path, options, body) {
  const { page, context, problems } = await openPage(browser, base + path, options);
  try {
    await settled(page);
    await body(page, context);
    assert.deepEqual(problems, []);
  } finally {
    await context.close();
  }
}

const field = (page) => page.getByRole('textbox', { name: 'Describe a picture' });
const chip = (page, name) => page.getByRole('list', { name: 'Examples' }).getByRole('button', { name, exact: true });
const addressIs = (page, search) => page.waitForFunction((wanted) => location.search === wanted, search);
const focusedTile = (page) =>
  page.evaluate(() => Number(document.activeElement?.closest('.tile')?.dataset.index ?? -1));
const tileHasFocus = (page, index) =>
  page.waitForFunction(
    (wanted) => Number(document.activeElement?.closest('.tile')?.dataset.index ?? -1) === wanted,
    index,
  );
const tileIds = (page) => page.$$eval('.tile-open', (tiles) => tiles.map((tile) => tile.id));
const large = (page) => page.getByRole('dialog', { name: 'Large view' });
const shownName = (page) => page.textContent('.viewer-name');

describe('the first page', () => {
  it('is ready to type, shows the examples and the library', () =>
    visit('/', {}, async (page) => {
      assert.equal(await page.title(), 'glimpse');
      assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('name')), 'q');
      const examples = await page.getByRole('list', { name: 'Examples' }).getByRole('button').allTextContents();
      assert.deepEqual(examples, [
        'black dog',
        'white shirt',
        'green grass',
        'red car',
        'two dogs',
        'a woman with blond hair',
        'white pants',
        'two cats',
      ]);
      assert.match(await page.textContent('.status'), /^[\d,]+ pictures · \S+/);
      assert.equal(await page.locator('.score').count(), 0, 'browsing has no scores');
    }));

  it('does not move while it loads', () =>
    visit('/', {}, async (page) => {
      const shift = await page.evaluate(
        () =>
          new Promise((resolve) => {
            let sum = 0;
            new PerformanceObserver((list) => {
              for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value;
            }).observe({ type: 'layout-shift', buffered: true });
            setTimeout(() => resolve(sum), 400);
          }),
      );
      assert.ok(shift < 0.02, `layout shift ${shift}`);
    }));

  for (const [width, height, scale] of [
    [320, 640, 1],
    [640, 400, 2],
    [768, 1024, 1],
    [1440, 900, 1],
    [2560, 1300, 1],
  ]) {
    it(`fits ${width} px at scale ${scale}, with full rows`, () =>
      visit('/?q=black+dog', { width, height, deviceScaleFactor: scale }, async (page) => {
        const [scrolls, shows] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
        assert.ok(scrolls <= shows, `${scrolls} px of content in ${shows} px`);
        const gaps = await page.evaluate(() => {
          const grid = document.querySelector('.grid').getBoundingClientRect();
          const rows = new Map();
          for (const tile of document.querySelectorAll('.tile')) {
            const box = tile.getBoundingClientRect();
            rows.set(box.top, Math.max(rows.get(box.top) ?? 0, box.right));
          }
          return [...rows.values()].slice(0, -1).map((right) => Math.abs(grid.right - right));
        });
        assert.ok(gaps.length > 0 && gaps.every((gap) => gap < 1.01), `gaps at the right: ${gaps}`);
      }));
  }
});

describe('searching', () => {
  it('searches while typing, once the typing pauses', () =>
    visit('/', {}, async (page) => {
      const asked = [];
      page.on('request', (request) => {
        const url = new URL(request.url());
        if (url.pathname === '/api/v1/search') asked.push(url.searchParams.get('q'));
      });
      // On a clock that stands still between the letters, so that a slow machine cannot stretch the pauses.
      await page.clock.install();
      await page.clock.pauseAt(Date.now() + 3_600_000);
      for (const letter of 'black dog') {
        await field(page).press(letter === ' ' ? 'Space' : letter);
        await page.clock.runFor(100);
      }
      assert.deepEqual(asked, []);
      await page.clock.runFor(60);
      await page.clock.resume();
      await addressIs(page, '?q=black+dog');
      await page.waitForSelector('.score');
      await settled(page);
      assert.equal(asked[0], 'black dog');
      const scores = await page.locator('.score').allTextContents();
      assert.ok(
        scores.every((score) => /^-?\d\.\d{3}$/.test(score)),
        scores.join(' '),
      );
      assert.deepEqual(
        scores,
        scores.toSorted((a, b) => b - a),
        'best first',
      );
      assert.equal(await page.title(), 'black dog – glimpse');
      assert.match(await page.textContent('.status'), / pictures · \S+ · (< )?[\d.]+ m?s$/);
      await page
        .getByText(/^Showing \d+ of [\d,]+ pictures for “black dog”, best first$/)
        .waitFor({ state: 'attached' });
    }));

  it('searches at once on Enter, and clears on Escape', () =>
    visit('/', {}, async (page) => {
      await field(page).fill('red car');
      await field(page).press('Enter');
      await addressIs(page, '?q=red+car');
      await field(page).press('Escape');
      await addressIs(page, '');
      assert.equal(await field(page).inputValue(), '');
      assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('name')), 'q');
    }));

  it('takes examples', () =>
    visit('/', {}, async (page) => {
      await chip(page, 'two cats').click();
      await addressIs(page, '?q=two+cats');
      assert.equal(await chip(page, 'two cats').getAttribute('aria-pressed'), 'true');
      assert.equal(await field(page).inputValue(), 'two cats');
    }));

  it('opens at an address with a query', () =>
    visit('/?q=green+grass', {}, async (page) => {
      assert.equal(await field(page).inputValue(), 'green grass');
      assert.ok((await page.locator('.score').count()) > 0);
    }));

  it('remembers searches, over a reload too, and forgets them when told', () =>
    visit('/', {}, async (page) => {
      for (const query of ['a boat', 'snow', 'a boat at night', 'snow']) {
        await field(page).fill(query);
        await field(page).press('Enter');
        await addressIs(page, `?q=${query.replaceAll(' ', '+')}`);
      }
      await page.getByRole('link', { name: 'glimpse, all pictures' }).click();
      await page.reload();
      const recent = page.getByRole('list', { name: 'Recent searches' });
      assert.deepEqual(await recent.getByRole('button').allTextContents(), ['snow', 'a boat at night', 'a boat']);
      await page.getByRole('button', { name: 'Clear recent searches' }).click();
      assert.equal(await recent.count(), 0);
    }));

  it('is not confused by what people type', () =>
    visit('/', {}, async (page) => {
      const query = '50% “off” & <b>more</b> #1 + 猫 🐈';
      await field(page).fill(query);
      await field(page).press('Enter');
      await settled(page);
      await page.reload();
      await settled(page);
      assert.equal(await field(page).inputValue(), query);
      assert.equal(await page.locator('b').count(), 0);
    }));
});

describe('going back', () => {
  it('leads through the searches, not through the letters', () =>
    visit('/', {}, async (page) => {
      await field(page).pressSequentially('dog', { delay: 220 });
      await field(page).press('Enter');
      await addressIs(page, '?q=dog');
      await chip(page, 'red car').click();
      await addressIs(page, '?q=red+car');
      await page.goBack();
      await addressIs(page, '?q=dog');
      assert.equal(await field(page).inputValue(), 'dog');
      await page.goBack();
      await addressIs(page, '');
      await page.goForward();
      await addressIs(page, '?q=dog');
    }));

  it('restores the scroll position, without asking again, and after a reload', () =>
    visit('/?q=black+dog', {}, async (page) => {
      await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
      await page.waitForFunction(() => document.querySelectorAll('.tile').length > 48);
      const wanted = await page.evaluate(() => {
        scrollTo(0, document.documentElement.scrollHeight - innerHeight - 200);
        return scrollY;
      });
      assert.ok(wanted > 400, `scrolled only to ${wanted}`);
      const ids = await tileIds(page);
      await page
        .getByRole('button', { name: /^More like/ })
        .last()
        .evaluate((button) => button.click());
      await page.waitForFunction(() => location.search.startsWith('?like='));
      await settled(page);
      assert.equal(await page.evaluate(() => scrollY), 0, 'new results begin at the top');
      await page.goBack();
      await addressIs(page, '?q=black+dog');
      await page.waitForFunction((y) => Math.abs(scrollY - y) < 3, wanted);
      assert.deepEqual((await tileIds(page)).slice(0, ids.length), ids);
      await page.reload();
      await page.waitForFunction((y) => Math.abs(scrollY - y) < 3, wanted);
    }));
});

describe('more results', () => {
  it('come while scrolling, each picture once', () =>
    visit('/', {}, async (page) => {
      const first = await tileIds(page);
      await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
      await page.waitForFunction((count) => document.querySelectorAll('.tile').length > count, first.length);
      const all = await tileIds(page);
      assert.equal(new Set(all).size, all.length);
      assert.deepEqual(all.slice(0, first.length), first);
    }));

  it('come on a button too', () =>
    visit('/?q=snow', { height: 300 }, async (page) => {
      const count = await page.locator('.tile').count();
      await page.getByRole('button', { name: 'Show more' }).focus();
      await page.keyboard.press('Enter');
      await page.waitForFunction((before) => document.querySelectorAll('.tile').length > before, count);
    }));
});

describe('the keyboard', () => {
  it('reaches the field from anywhere', () =>
    visit('/?q=dog', {}, async (page) => {
      const name = () => page.evaluate(() => document.activeElement?.getAttribute('name'));
      await page.locator('.tile-open').first().focus();
      await page.keyboard.press('/');
      assert.equal(await name(), 'q');
      assert.equal(await field(page).inputValue(), 'dog', 'the key itself is not typed');
      await page.locator('.tile-open').first().focus();
      await page.keyboard.press('Control+k');
      assert.equal(await name(), 'q');
    }));

  it('moves among the pictures, one of them in the tab order', () =>
    visit('/?q=dog', {}, async (page) => {
      await field(page).press('ArrowDown');
      await tileHasFocus(page, 0);
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('l');
      await tileHasFocus(page, 2);
      await page.keyboard.press('h');
      await tileHasFocus(page, 1);
      const top = await page.evaluate(() => document.activeElement.getBoundingClientRect().top);
      await page.keyboard.press('j');
      assert.ok((await page.evaluate(() => document.activeElement.getBoundingClientRect().top)) > top);
      await page.keyboard.press('k');
      assert.equal(await page.evaluate(() => document.activeElement.getBoundingClientRect().top), top);
      assert.equal(await page.locator('.tile-open[tabindex="0"]').count(), 1);
      await page.keyboard.press('End');
      assert.ok((await focusedTile(page)) >= 47);
      await page.keyboard.press('Home');
      await page.keyboard.press('ArrowUp');
      assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('name')), 'q');
    }));

  it('opens, turns and closes the large view, and comes back to the picture seen last', () =>
    visit('/?q=dog', {}, async (page) => {
      await field(page).press('ArrowDown');
      await page.keyboard.press('Enter');
      await large(page).waitFor();
      const first = await shownName(page);
      await page.keyboard.press('ArrowRight');
      await page.waitForFunction((name) => document.querySelector('.viewer-name')?.textContent !== name, first);
      await page.keyboard.press('l');
      await page.waitForFunction(() => document.querySelector('.viewer-count')?.textContent.startsWith('3 of'));
      await page.keyboard.press('ArrowLeft');
      await page.waitForFunction(() => document.querySelector('.viewer-count')?.textContent.startsWith('2 of'));
      await page.keyboard.press('Escape');
      await large(page).waitFor({ state: 'detached' });
      await tileHasFocus(page, 1);
      await addressIs(page, '?q=dog');
    }));
});

describe('the large view', () => {
  it('keeps the focus inside', () =>
    visit('/?q=dog', {}, async (page) => {
      await page.locator('.tile-open').nth(1).click();
      await large(page).waitFor();
      for (let i = 0; i < 12; i += 1) {
        await page.keyboard.press('Tab');
        const inside = await page.evaluate(
          () => document.activeElement === document.body || document.activeElement.closest('dialog') !== null,
        );
        assert.ok(inside, `after ${i + 1} tabs`);
      }
    }));

  it('closes on Back, and opens at its own address', () =>
    visit('/?q=dog', {}, async (page) => {
      await page.locator('.tile-open').nth(2).click();
      await large(page).waitFor();
      const name = await shownName(page);
      const address = page.url();
      assert.match(address, /\?q=dog&view=\d+$/);
      await page.goBack();
      await large(page).waitFor({ state: 'detached' });
      await tileHasFocus(page, 2);
      await page.goto(address);
      await large(page).waitFor();
      assert.equal(await shownName(page), name);
      await page.keyboard.press('Escape');
      await large(page).waitFor({ state: 'detached' });
      await addressIs(page, '?q=dog');
    }));

  it('draws the picture, zooms and pans', () =>
    visit('/?q=dog', {}, async (page) => {
      await page.locator('.tile-open').first().click();
      await page.waitForSelector('.picture[data-loaded="true"]');
      const width = () => page.locator('.picture').evaluate((picture) => picture.getBoundingClientRect().width);
      const fitted = await width();
      assert.ok(fitted > 50);
      await page.keyboard.press('+');
      await page.waitForFunction(
        (before) => document.querySelector('.picture').getBoundingClientRect().width > before * 1.4,
        fitted,
      );
      await page.keyboard.press('0');
      await page.waitForFunction(
        (before) => Math.abs(document.querySelector('.picture').getBoundingClientRect().width - before) < 1,
        fitted,
      );
      const box = await page.locator('.stage').boundingBox();
      const x = box.x + box.width / 2;
      const y = box.y + box.height / 2;
      await page.mouse.move(x, y);
      await page.mouse.wheel(0, -800);
      await page.waitForFunction(
        (before) => document.querySelector('.picture').getBoundingClientRect().width > before * 2,
        fitted,
      );
      const left = () => page.locator('.picture').evaluate((picture) => picture.getBoundingClientRect().left);
      const before = await left();
      await page.mouse.down();
      await page.mouse.move(x + 60, y, { steps: 4 });
      await page.mouse.up();
      assert.ok(Math.abs((await left()) - before - 60) < 2, 'the picture follows the hand');
      assert.equal(await large(page).count(), 1);
    }));

  it('shows details, copies the path, offers the file', () =>
    visit('/?q=dog', { permissions: ['clipboard-read', 'clipboard-write'] }, async (page) => {
      await page.locator('.tile-open').first().click();
      await large(page).waitFor();
      await page.keyboard.press('i');
      const details = page.getByRole('complementary', { name: 'Details' });
      await details.waitFor();
      await page.keyboard.press('y');
      await large(page).getByText('Path copied').waitFor();
      const path = await page.evaluate(() => navigator.clipboard.readText());
      assert.ok((await details.textContent()).includes(path), path);
      const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('d')]);
      assert.equal(download.suggestedFilename(), await shownName(page));
      await page.keyboard.press('i');
      await details.waitFor({ state: 'detached' });
    }));

  it('closes on a click beside the picture', () =>
    visit('/?q=dog', {}, async (page) => {
      await page.locator('.tile-open').first().click();
      await page.waitForSelector('.picture[data-loaded="true"]');
      const box = await page.locator('.stage').boundingBox();
      await page.mouse.click(box.x + 3, box.y + 3);
      await large(page).waitFor({ state: 'detached' });
    }));

  it('turns on a swipe', () =>
    visit('/?q=dog', { width: 390, height: 800, hasTouch: true, isMobile: true }, async (page, context) => {
      await page.locator('.tile-open').first().tap();
      await page.waitForSelector('.picture[data-loaded="true"]');
      const session = await context.newCDPSession(page);
      const touch = (type, x) =>
        session.send('Input.dispatchTouchEvent', {
          type,
          touchPoints: type === 'touchEnd' ? [] : [{ x, y: 420 }],
        });
      await touch('touchStart', 300);
      for (const x of [260, 200, 120]) await touch('touchMove', x);
      await touch('touchEnd');
      await page.waitForFunction(() => document.querySelector('.viewer-count')?.textContent.startsWith('2 of'));
    }));
});

describe('captions', () => {
  const place = (page, name) => page.getByRole('group', { name: 'Search in' }).getByRole('radio', { name });

  it('are a place to search in, which words typed next keep', () =>
    visit('/?q=picture', {}, async (page) => {
      assert.ok(await place(page, 'pictures').isChecked());
      await place(page, 'captions').check();
      await addressIs(page, '?q=picture&in=captions');
      await settled(page);
      assert.ok((await tileIds(page)).length > 0);
      assert.equal(await page.locator('.score').count(), 0, 'ranks of words are no likeness');
      await field(page).fill('xyzzy');
      await addressIs(page, '?q=xyzzy&in=captions');
      await page.getByText('No caption has all the words').waitFor();
      await place(page, 'pictures').check();
      await addressIs(page, '?q=xyzzy');
      await page.waitForSelector('.score');
      await page.goBack();
      await addressIs(page, '?q=xyzzy&in=captions');
      assert.ok(await place(page, 'captions').isChecked());
    }));

  it('are shown in the large view, and read out', () =>
    visit('/?q=picture&in=captions', {}, async (page) => {
      await page.locator('.tile-open').first().click();
      await page.waitForSelector('.picture[data-loaded="true"]');
      const said = await page.locator('.picture-large').getAttribute('alt');
      assert.match(said, /picture/);
      await page.keyboard.press('i');
      const details = page.getByRole('complementary', { name: 'Details' });
      await details.getByText('Caption', { exact: true }).waitFor();
      assert.ok((await details.textContent()).includes(said));
    }));

  it('are searched from the address too', () =>
    visit('/?q=picture', {}, async (page) => {
      const all = (await tileIds(page)).length;
      await page.goto(`${base}/?q=picture&in=captions`);
      await settled(page);
      assert.ok(await place(page, 'captions').isChecked());
      assert.ok((await tileIds(page)).length <= all);
    }));
});

describe('searching with a picture', () => {
  const file = {
    name: 'mine.png',
    mimeType: 'image/png',
    buffer: drawPng(64, 48, 3),
  };
  const dispatch = (page, type) =>
    page.evaluate(
      async ([kind, bytes]) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([new Uint8Array(bytes)], 'mine.png', { type: 'image/png' }));
        const event =
          kind === 'paste'
            ? new ClipboardEvent('paste', {
                clipboardData: transfer,
                bubbles: true,
                cancelable: true,
              })
            : new DragEvent(kind, {
                dataTransfer: transfer,
                bubbles: true,
                cancelable: true,
              });
        document.body.dispatchEvent(event);
      },
      [type, [...file.buffer]],
    );
  const found = async (page) => {
    await addressIs(page, '?image=mine.png');
    await page.waitForSelector('.score');
    await settled(page);
    assert.equal(await page.textContent('.sample-label'), 'mine.png');
  };

  it('takes one of the library', () =>
    visit('/?q=dog', {}, async (page) => {
      await page.locator('.tile').nth(1).hover();
      await page.locator('.tile-like').nth(1).click();
      await page.waitForFunction(() => /^\?like=\d+$/.test(location.search));
      await settled(page);
      assert.equal(await field(page).inputValue(), '');
      await page.waitForSelector('.sample img');
    }));

  it('takes one of the library by key', () =>
    visit('/?q=dog', {}, async (page) => {
      await page.locator('.tile-open').first().click();
      await large(page).waitFor();
      await page.keyboard.press('m');
      await page.waitForFunction(() => /^\?like=\d+$/.test(location.search));
      await large(page).waitFor({ state: 'detached' });
      await page.goBack();
      await large(page).waitFor();
    }));

  it('takes a chosen file, and Back and Forward keep it', () =>
    visit('/', {}, async (page) => {
      await page.setInputFiles('input[type=file]', file);
      await found(page);
      await page.goBack();
      await addressIs(page, '');
      await page.goForward();
      await found(page);
      await page.reload();
      await page.getByRole('heading', { name: 'The picture is no longer here' }).waitFor();
      await page.getByRole('button', { name: 'Start over' }).click();
      await addressIs(page, '');
      await settled(page);
    }));

  it('takes a dropped file, and shows where to drop it', () =>
    visit('/', {}, async (page) => {
      await dispatch(page, 'dragenter');
      await page.getByText('Drop a picture to find others like it').waitFor({ state: 'visible' });
      await dispatch(page, 'drop');
      await found(page);
      await page.getByText('Drop a picture to find others like it').waitFor({ state: 'hidden' });
    }));

  it('takes a pasted file', () =>
    visit('/', {}, async (page) => {
      await dispatch(page, 'paste');
      await found(page);
    }));

  it('says when a file is not a picture', () =>
    visit('/', {}, async (page) => {
      await page.setInputFiles('input[type=file]', {
        name: 'a.txt',
        mimeType: 'text/plain',
        buffer: Buffer.from('a'),
      });
      await page.getByText('a.txt is not a picture').waitFor();
      await addressIs(page, '');
    }));
});

describe('settings', () => {
  it('are kept: theme, scores, size', () =>
    visit('/?q=dog', {}, async (page) => {
      const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
      const height = () =>
        page
          .locator('.tile')
          .first()
          .evaluate((tile) => tile.getBoundingClientRect().height);
      const [light, medium] = [await ground(), await height()];
      await page.getByRole('button', { name: 'Settings' }).click();
      await page.getByRole('radio', { name: 'dark' }).check();
      await page.getByRole('radio', { name: 'small' }).check();
      await page.getByRole('switch', { name: 'Show scores' }).uncheck();
      await page.keyboard.press('Escape');
      assert.equal(await page.getByRole('group', { name: 'Settings' }).count(), 0);
      assert.equal(await page.locator('.score').count(), 0);
      assert.notEqual(await ground(), light);
      assert.ok((await height()) < medium);
      const dark = await ground();
      await page.reload();
      await settled(page);
      assert.equal(await ground(), dark);
      assert.equal(await page.locator('.score').count(), 0);
      await page.getByRole('button', { name: 'Settings' }).click();
      await page.getByRole('radio', { name: 'system' }).check();
      assert.equal(await ground(), light);
    }));

  it('respect the wish for less motion', () =>
    visit('/', { reducedMotion: 'reduce' }, async (page) => {
      const seconds = await page
        .locator('.tile-open img')
        .first()
        .evaluate((image) => parseFloat(getComputedStyle(image).transitionDuration));
      assert.ok(seconds < 0.001);
    }));
});
