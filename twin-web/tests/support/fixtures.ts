// Fixtures for tests in a browser.
//
// No test may depend on the speed of the machine. Tests wait for events, without time limits of their own, and
// determine when a backend responds. If the page itself waits for a timer, the test controls the page's clock.

import { expect, test as base, type Locator, type Page } from '@playwright/test';
import { ScriptedBackend } from './scripted-backend.ts';

interface Fixtures {
  readonly backend: ScriptedBackend;
  /** Errors that the browser reported. A test fails if there are any at its end; a test that expects some removes them. */
  readonly browserErrors: string[];
  readonly noRequestTimeouts: void;
}

export const test = base.extend<Fixtures>({
  backend: async ({}, use) => {
    const backend = await ScriptedBackend.start();
    await use(backend);
    await backend.stop();
  },
  browserErrors: [
    async ({ page }, use) => {
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(String(error)));
      page.on('console', (message) => {
        // Many tests make requests fail on purpose.
        if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
          errors.push(message.text());
      });
      await use(errors);
      expect(errors).toEqual([]);
    },
    { auto: true },
  ],
  noRequestTimeouts: [
    async ({ context }, use) => {
      // The page abandons `config.json` after 3 seconds, which a busy machine can exceed.
      await context.addInitScript(() => {
        AbortSignal.timeout = () => new AbortController().signal;
      });
      await use();
    },
    { auto: true },
  ],
});

export { expect };

/** The time at which a clock of `installClock` starts. */
const START = Date.UTC(2026, 0, 1, 12);

/** Replaces the page's timers. Time passes as usual until `pauseClock`. Call it before the page is loaded. */
export async function installClock(page: Page): Promise<void> {
  await page.clock.install({ time: START });
}

/** Stops the page's time. Timers and animation frames then run only during `page.clock.runFor`. */
export async function pauseClock(page: Page): Promise<void> {
  await page.clock.pauseAt(START + 3_600_000);
}

/** Moves the page's clock forward until the locator contains the text. */
export async function advanceClockUntil(page: Page, locator: Locator, text: string): Promise<void> {
  const read = async (): Promise<string> => {
    await page.clock.runFor(5_000);
    return (await locator.textContent()) ?? '';
  };
  await expect.poll(read).toContain(text);
}

export function messageField(page: Page): Locator {
  return page.locator('#message');
}

export async function ask(page: Page, question: string): Promise<void> {
  await messageField(page).fill(question);
  await messageField(page).press('Enter');
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
