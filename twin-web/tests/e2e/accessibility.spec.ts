// Accessibility: axe, keyboard, screen readers, zoom, reduced motion, touch targets, on-screen keyboard.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from '@playwright/test';
import { answers, ask, expect, messageField, openMenu, test } from '../support/fixtures.ts';
import { answer, refuse } from '../support/scripted-backend.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SAMPLE =
  '# Head\n\nText with [a link](https://example.com) and `code`.\n\n- [x] done\n\n> quoted\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```js\nconst a = f("b", 1); // c\n```';

/** Runs all rules of axe. The page's content security policy does not apply to scripts that the test evaluates. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const { axe } = window as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }> };
    };
    const { violations } = await axe.run();
    return violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join(' | ')}`,
    );
  });
}

for (const colorScheme of ['light', 'dark'] as const) {
  for (const accent of [undefined, '#ffee00', '#000000', '#ffffff', '#ff0000']) {
    test(`axe finds no violations: ${colorScheme}, ${accent ?? 'default accent'}`, async ({ page, backend }) => {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      backend.pageServer.config = JSON.stringify({
        name: 'Mira Talvik',
        accent,
        links: [{ label: 'Site', url: 'https://example.com' }],
      });
      backend.replies.push(answer(SAMPLE), refuse(429, {}));
      await page.goto(backend.pageServer.url);
      await expect(page.getByText('AI twin of Mira Talvik', { exact: true })).toBeVisible();
      expect(await violations(page)).toEqual([]);
      await ask(page, 'Hi');
      await expect(page.locator('.hl-keyword')).toBeVisible();
      await ask(page, 'Hi');
      await expect(page.locator('.problem')).toBeVisible();
      expect(await violations(page)).toEqual([]);
      await openMenu(page);
      expect(await violations(page)).toEqual([]);
      await page.getByRole('button', { name: 'Keyboard shortcuts' }).click();
      expect(await violations(page)).toEqual([]);
    });
  }
}

test('the page can be used by keyboard alone, and the focus is never lost', async ({ page, backend }) => {
  const [first, second] = [backend.streamNextAnswer(), backend.streamNextAnswer()];
  await page.goto(backend.pageServer.url);
  await expect(page.locator('.chip').first()).toBeVisible();
  const focused = (): Promise<string> =>
    page.evaluate(
      () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '',
    );
  const tabTo = async (name: string): Promise<void> => {
    for (let step = 0; step < 20 && (await focused()) !== name; step += 1) await page.keyboard.press('Tab');
    expect(await focused()).toBe(name);
  };
  await tabTo('What do you do?');
  await page.keyboard.press('Enter');
  await expect(page.locator('#message:focus, main:focus')).toHaveCount(1);
  await first.finish('One. ', 'Two. ', 'Three.');
  await expect(answers(page)).toContainText('Three.');
  await expect(page.locator('#message:focus, main:focus')).toHaveCount(1);
  await messageField(page).focus();
  await page.keyboard.type('More?');
  await page.keyboard.press('Enter');
  await second.send('more ');
  await expect(answers(page).nth(1)).toContainText('more');
  await page.keyboard.press('Escape');
  await expect(answers(page).nth(1)).toContainText('Stopped.');
  await expect(messageField(page)).toBeFocused();
  await tabTo('Menu');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toBeHidden();
  await expect.poll(focused).toBe('Menu');
  await page.keyboard.press('Control+/');
  await expect(page.getByRole('heading', { name: 'Keyboard shortcuts' })).toBeVisible();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('heading', { name: 'Menu' })).toBeVisible();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+Shift+O');
  await expect(page.locator('.welcome')).toBeVisible();
  await expect(page.locator('#message:focus, main:focus')).toHaveCount(1);
  await messageField(page).focus();
  await page.keyboard.type('one');
  await page.keyboard.press('Shift+Enter');
  await page.keyboard.type('two');
  await expect(messageField(page)).toHaveValue('one\ntwo');
});

test('Enter does not send while an input method composes text', async ({ page, backend }) => {
  await page.goto(backend.pageServer.url);
  await messageField(page).fill('にほん');
  await messageField(page).dispatchEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true });
  await expect(messageField(page)).toHaveValue('にほん');
  expect(backend.requests).toEqual([]);
});

test('screen readers announce each sentence of an answer once, and failures', async ({ page, backend }) => {
  const stream = backend.streamNextAnswer();
  backend.replies.push(refuse(503, {}));
  await page.goto(backend.pageServer.url);
  const announced = await recordAnnouncements(page);
  await ask(page, 'Hi');
  await stream.send('The **first', '** sentence. The sec');
  await expect.poll(announced).toEqual(['The first sentence.']);
  await stream.send('ond one', ' is here! And');
  await expect.poll(announced).toEqual(['The first sentence.', 'The second one is here!']);
  await stream.finish(' the third');
  await expect.poll(announced).toEqual(['The first sentence.', 'The second one is here!', 'And the third']);
  await expect(page.locator('#announcer')).toHaveAttribute('aria-live', 'polite');
  await expect(page.getByRole('log')).toHaveAttribute('aria-live', 'off');
  await ask(page, 'Hi');
  await expect.poll(announced).toContain('The twin cannot answer right now.');
});

test('screen readers announce an answer that began before the transcript was loaded', async ({ page, backend }) => {
  const stream = backend.streamNextAnswer();
  let load!: () => void;
  const loaded = new Promise<void>((resolve) => (load = resolve));
  await page.route('**/assets/transcript-*.js', async (route) => {
    await loaded;
    await route.continue();
  });
  await page.goto(backend.pageServer.url);
  const announced = await recordAnnouncements(page);
  await ask(page, 'Hi');
  await stream.send('The first sentence. The sec');
  load();
  await expect.poll(announced).toEqual(['The first sentence.']);
});

test('touch targets have at least 24 pixels', async ({ page, backend }) => {
  backend.replies.push(answer(SAMPLE));
  await page.goto(backend.pageServer.url);
  await ask(page, 'Hi');
  await expect(page.locator('.hl-keyword')).toBeVisible();
  const small = (): Promise<string[]> =>
    page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>('button, select, textarea, .choice input')]
        .filter((element) => element.checkVisibility())
        .map((element) => ({ element, box: element.getBoundingClientRect() }))
        .filter(({ box }) => box.width < 24 || box.height < 24)
        .map(({ element }) => element.outerHTML),
    );
  expect(await small()).toEqual([]);
  await openMenu(page);
  expect(await small()).toEqual([]);
});

test('at 200% zoom nothing is cut off or unreachable', async ({ page, backend }, { project }) => {
  const { width, height } = project.use.viewport!;
  await page.setViewportSize({ width: Math.max(320, Math.round(width / 2)), height: Math.round(height / 2) });
  backend.replies.push(answer(SAMPLE));
  await page.goto(backend.pageServer.url);
  await ask(page, 'Hi');
  await expect(page.locator('.hl-keyword')).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  await messageField(page).scrollIntoViewIfNeeded();
  await expect(messageField(page)).toBeInViewport();
  await openMenu(page);
  await page.getByRole('button', { name: 'Keyboard shortcuts' }).scrollIntoViewIfNeeded();
  await expect(page.getByRole('button', { name: 'Keyboard shortcuts' })).toBeInViewport();
});

test('nothing is animated if the visitor prefers reduced motion', async ({ page, backend }) => {
  backend.streamNextAnswer();
  await page.goto(backend.pageServer.url);
  await ask(page, 'Hi');
  await expect(page.locator('.dots i').first()).toBeVisible();
  const running = (): Promise<number> =>
    page.evaluate(() => document.getAnimations().filter(({ playState }) => playState === 'running').length);
  await expect.poll(running).toBeGreaterThan(0);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await expect.poll(running).toBe(0);
});

test('the on-screen keyboard does not cover the message field', async ({ page, backend }) => {
  await page.addInitScript(() => {
    const viewport = Object.assign(new EventTarget(), { height: innerHeight, scale: 1 });
    Object.defineProperty(window, 'visualViewport', { value: viewport });
  });
  await page.goto(backend.pageServer.url);
  await expect(messageField(page)).toBeVisible();
  const bottom = async (): Promise<number> =>
    (await messageField(page).boundingBox())!.y + (await messageField(page).boundingBox())!.height;
  const resize = (height: number): Promise<void> =>
    page.evaluate((to) => {
      Object.assign(visualViewport!, { height: to });
      visualViewport!.dispatchEvent(new Event('resize'));
    }, height);
  await resize(450);
  await expect.poll(bottom).toBeLessThan(450);
  await resize(page.viewportSize()!.height);
  await expect.poll(bottom).toBeGreaterThan(450);
});

/** Records what is added to the live region from now on. Returns a function that reads the record. */
async function recordAnnouncements(page: Page): Promise<() => Promise<string[]>> {
  await page.evaluate(() => {
    const announced: string[] = [];
    Object.assign(window, { announced });
    new MutationObserver((changes) => {
      for (const { target, addedNodes } of changes) {
        if (!(target instanceof HTMLElement) || target.id !== 'announcer') continue;
        for (const node of addedNodes) announced.push(node.textContent ?? '');
      }
    }).observe(document.body, { childList: true, subtree: true });
  });
  return () => page.evaluate(() => (window as unknown as { announced: string[] }).announced);
}
