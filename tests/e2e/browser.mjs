// Debian's Chromium, driven by the playwright-core that web/package.json pins.
import { createRequire } from 'node:module';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const require = createRequire(new URL('../../web/package.json', import.meta.url));
const { chromium } = require('playwright-core');
const axeSource = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A browser with a profile of its own, which `close` removes. */
export async function openBrowser() {
  const profile = mkdtempSync(join(tmpdir(), 'glimpse-e2e-'));
  const executablePath = process.env.GLIMPSE_CHROMIUM ?? '/usr/bin/chromium';
  const browser = await chromium.launch({
    executablePath,
    args: [...FLAGS, `--disk-cache-dir=${profile}`],
  });
  return {
    browser,
    close: async () => {
      await browser.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

/** A page in a fresh context. `problems` collects what the console and the content policy complain about. */
export async function openPage(browser, url, { width = 1280, height = 800, scheme = 'light', ...more } = {}) {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: scheme,
    bypassCSP: false,
    ...more,
  });
  const page = await context.newPage();
  const problems = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => {
    const expected = /Failed to load resource/.test(message.text());
    if ((message.type() === 'error' || message.type() === 'warning') && !expected) problems.push(message.text());
  });
  page.setDefaultTimeout(30_000);
  await page.goto(url);
  return { page, context, problems };
}

/** What is in view and not drawn yet; the reason is for whoever reads a failed test. */
const waitingTiles = () =>
  [...document.querySelectorAll('.grid .tile')]
    .filter((tile) => tile.dataset.state === 'waiting')
    .map((tile) => ({ tile, box: tile.getBoundingClientRect(), image: tile.querySelector('img') }))
    .filter(({ box }) => box.top < innerHeight && box.bottom > 0)
    .map(({ tile, box, image }) => `${tile.dataset.index} at ${box.top}, complete ${image?.complete}, ${image?.src}`);

/** Waits until pictures are on screen and those in view are drawn. */
export async function settled(page) {
  await page.waitForSelector('.grid[data-stale="false"] .tile');
  const deadline = Date.now() + 30_000;
  for (;;) {
    const waiting = await page.evaluate(waitingTiles);
    if (waiting.length === 0) return;
    if (Date.now() > deadline) throw new Error(`not drawn: ${waiting.join('; ')}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

/** axe-core's violations, each as one readable line. Runs outside the page's policy, as an extension would. */
export async function violations(page) {
  await page.waitForFunction(() =>
    document
      .getAnimations()
      .every((one) => one.playState !== 'running' || one.effect.getTiming().iterations === Infinity),
  );
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axeSource);
  const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  return found.violations.map(
    (one) => `${one.id}: ${one.help}: ${one.nodes.map((node) => node.html.slice(0, 120)).join(' | ')}`,
  );
}
