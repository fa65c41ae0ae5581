// What both sides of an A/B found, as pictures for the documentation:
//   node tests/e2e/report_pictures.mjs REPORT.html OUT     writes OUT-QUERY.jpg for each query of the report
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openBrowser, openPage } from './browser.mjs';

const [, , report, out] = process.argv;
if (out === undefined) {
  console.error('report_pictures: expected REPORT.html, as glimpse eval --report writes it, and where pictures go');
  process.exit(2);
}
mkdirSync(dirname(out), { recursive: true });
const { browser, close } = await openBrowser();
try {
  const { page } = await openPage(browser, 'about:blank', { width: 1280, scheme: 'light' });
  await page.goto(pathToFileURL(report).href);
  for (const compared of await page.locator('.compared').all()) {
    const query = await compared.locator('h3').innerText();
    await compared.screenshot({ path: `${out}-${query.replaceAll(/\W+/g, '-')}.jpg`, type: 'jpeg', quality: 80 });
  }
} finally {
  await close();
}
