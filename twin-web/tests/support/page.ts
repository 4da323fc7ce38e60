// What every test in a browser needs: a backend of its own, and an eye on what the browser complains about.

import { expect, test as base, type Locator, type Page } from '@playwright/test';
import { Scripted } from './scripted.ts';

interface Fixtures {
  readonly backend: Scripted;
  /** What the browser complained about; anything that a test does not take out fails it. */
  readonly complaints: string[];
}

export const test = base.extend<Fixtures>({
  backend: async ({}, use) => {
    const backend = await Scripted.start();
    await use(backend);
    await backend.stop();
  },
  complaints: [
    async ({ page }, use) => {
      const complaints: string[] = [];
      page.on('pageerror', (error) => complaints.push(String(error)));
      page.on('console', (message) => {
        // The network's own failures are what many tests are about.
        if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
          complaints.push(message.text());
      });
      await use(complaints);
      expect(complaints).toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

export function field(page: Page): Locator {
  return page.locator('#message');
}

export async function ask(page: Page, question: string): Promise<void> {
  await field(page).fill(question);
  await field(page).press('Enter');
}

export function answers(page: Page): Locator {
  return page.locator('.answer');
}

export function questions(page: Page): Locator {
  return page.locator('.question .bubble');
}

export async function openMenu(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Menu', exact: true }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
}
