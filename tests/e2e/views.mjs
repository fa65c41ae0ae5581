// Every view of the page, and how to get there from the fixture. Used for accessibility checks and for screenshots.
import { settled } from './browser.mjs';

const goTo = (path) => async (page, fixture) => {
  await page.goto(fixture.url + path);
};

const view = (path, act = async () => {}, behaviour = {}) => ({
  behaviour,
  async reach(page, fixture) {
    await goTo(path)(page, fixture);
    await act(page);
  },
});

const openFirst = async (page) => {
  await settled(page);
  await page.locator('.tile-open').nth(1).click();
  await page.waitForSelector('.picture[data-loaded="true"]');
};

const openFilter = async (page) => {
  await page.getByRole('button', { name: 'Filter' }).click();
  await page.waitForSelector('.filter-panel select:not([disabled])');
};

const judge = async (page) => {
  await settled(page);
  await page.getByRole('button', { name: 'Judge results' }).click();
  await page.getByText('0 pictures judged').waitFor();
  await page.locator('.tile-open').first().focus();
  for (const key of ['3', '0', '2', '1']) await page.keyboard.press(key);
  await page.getByText('4 pictures judged').waitFor();
  await settled(page);
};

const heading = (name) => async (page) => {
  await page.getByRole('heading', { name }).waitFor();
};

const error = {
  status: 503,
  code: 'unavailable',
  message: 'model glimpse-small: still being compiled; try again in 5 seconds',
};

export const VIEWS = {
  home: view('/', settled),
  recent: view('/', async (page) => {
    await page.evaluate(() => localStorage.setItem('glimpse.recent', '["a boat at night","snow","grandma\'s garden"]'));
    await page.reload();
    await settled(page);
  }),
  search: view('/?q=black+dog', settled),
  hover: view('/?q=black+dog', async (page) => {
    await settled(page);
    await page.locator('.tile-open').nth(1).focus();
    await page.keyboard.press('ArrowRight');
  }),
  captions: view('/?q=picture&in=captions', settled),
  captioned: view('/?q=picture&in=captions', async (page) => {
    await openFirst(page);
    await page.keyboard.press('i');
    await page.waitForSelector('.details');
  }),
  uncaptioned: view('/?q=xyzzy&in=captions', heading('Nothing found')),
  like: view('/?like=3', async (page) => {
    await settled(page);
    await page.waitForSelector('.sample img');
  }),
  large: view('/?q=black+dog', openFirst),
  details: view('/?q=black+dog', async (page) => {
    await openFirst(page);
    await page.keyboard.press('i');
    await page.waitForSelector('.details');
  }),
  filter: view('/?q=black+dog', async (page) => {
    await settled(page);
    await openFilter(page);
  }),
  filtered: view(
    '/?q=black+dog&folder=Pictures%2Fholiday&after=2023-05&before=2023-06&camera=Canon+EOS+5D&near=48.2085,16.3721,25km',
    async (page) => {
      await page.getByRole('list', { name: 'Filters in use' }).waitFor();
      await page.getByRole('heading', { name: 'Best matches' }).or(page.getByText('Nothing found')).first().waitFor();
    },
  ),
  filteredAway: view('/?camera=Zenit', heading('Nothing found')),
  judging: view('/?q=black+dog', judge),
  judgingLarge: view('/?q=black+dog', async (page) => {
    await judge(page);
    await openFirst(page);
  }),
  settings: view('/?q=black+dog', async (page) => {
    await settled(page);
    await page.getByRole('button', { name: 'Settings' }).click();
  }),
  drop: view('/', async (page) => {
    await settled(page);
    await page.evaluate(() => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File(['x'], 'x.png', { type: 'image/png' }));
      document.body.dispatchEvent(new DragEvent('dragenter', { dataTransfer, bubbles: true }));
    });
    await page.waitForSelector('.drop[data-over="true"]');
  }),
  loading: view(
    '/',
    (page) => page.waitForFunction(() => getComputedStyle(document.querySelector('.skeleton')).opacity === '1'),
    {
      delay: 15_000,
    },
  ),
  nothing: view('/?q=xyzzy', heading('Nothing found'), { nothing: true }),
  empty: view('/', heading('Your library is empty'), { empty: true }),
  failed: view('/?q=black+dog', heading('That did not work'), { error }),
  gone: {
    behaviour: {},
    async reach(page, fixture) {
      await goTo('/')(page, fixture);
      await settled(page);
      await page.route('**/api/**', (route) => route.abort());
      await page.fill('.search-input', 'black dog');
      await heading('glimpse does not answer')(page);
    },
  },
};
