// Takes screenshots of a conversation with a twin for the README: `node tests/picture.mjs URL FOLDER`.

import { join } from 'node:path';
import { chromium } from '@playwright/test';

const [url, folder] = process.argv.slice(2);
const screenshots = [
  { name: 'page.png', viewport: { width: 960, height: 680 }, colorScheme: 'light' },
  { name: 'page-phone.png', viewport: { width: 390, height: 680 }, colorScheme: 'dark' },
];

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: [
    '--no-sandbox',
    '--disable-quic',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
});
for (const { name, ...options } of screenshots) {
  const page = await browser.newPage({ ...options, deviceScaleFactor: 2, reducedMotion: 'reduce' });
  await page.goto(url);
  for (const [turn, question] of ['What do you do?', 'How can I reach you?'].entries()) {
    await page.locator('#message').fill(question);
    await page.locator('#message').press('Enter');
    await page.locator('.answer time').nth(turn).waitFor();
  }
  await page.screenshot({ path: join(folder, name) });
  await page.close();
}
await browser.close();
