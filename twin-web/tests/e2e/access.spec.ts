// For everybody: by keyboard alone, by ear, with large letters, without motion, in every colour.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from '@playwright/test';
import { answers, ask, expect, field, openMenu, test } from '../support/page.ts';
import { refused, streamed, whole } from '../support/scripted.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const MIX =
  '# Head\n\nText with [a link](https://example.com) and `code`.\n\n- [x] done\n\n> quoted\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```js\nconst a = f("b", 1); // c\n```';

/** Rules for pages as a whole included; the browser's own evaluation is not bound by the page's policy. */
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
    test(`axe finds nothing: ${colorScheme}, ${accent ?? 'our own colour'}`, async ({ page, backend }) => {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      backend.front.config = JSON.stringify({
        name: 'Mira Talvik',
        accent,
        links: [{ label: 'Site', url: 'https://example.com' }],
      });
      backend.replies.push(whole(MIX), refused(429, {}));
      await page.goto(backend.front.url);
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

test('everything by keyboard alone, and the focus is never lost', async ({ page, backend }) => {
  backend.replies.push(
    streamed(['One. ', 'Two. ', 'Three.'], 300),
    streamed(
      Array.from({ length: 40 }, () => 'more '),
      200,
    ),
  );
  await page.goto(backend.front.url);
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
  await expect(answers(page)).toContainText('Three.');
  await expect(page.locator('#message:focus, main:focus')).toHaveCount(1);
  await field(page).focus();
  await page.keyboard.type('More?');
  await page.keyboard.press('Enter');
  await expect(answers(page).nth(1)).toContainText('more');
  await page.keyboard.press('Escape');
  await expect(answers(page).nth(1)).toContainText('Stopped.');
  await expect(field(page)).toBeFocused();
  await tabTo('Menu');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toBeHidden();
  expect(await focused()).toBe('Menu');
  await page.keyboard.press('Control+/');
  await expect(page.getByRole('heading', { name: 'Keyboard shortcuts' })).toBeVisible();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('heading', { name: 'Menu' })).toBeVisible();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+Shift+O');
  await expect(page.locator('.welcome')).toBeVisible();
  await expect(page.locator('#message:focus, main:focus')).toHaveCount(1);
  await field(page).focus();
  await page.keyboard.type('one');
  await page.keyboard.press('Shift+Enter');
  await page.keyboard.type('two');
  await expect(field(page)).toHaveValue('one\ntwo');
});

test('Enter while a word is being composed does not send', async ({ page, backend }) => {
  await page.goto(backend.front.url);
  await field(page).fill('にほん');
  await field(page).dispatchEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true });
  await expect(field(page)).toHaveValue('にほん');
  expect(backend.asked).toEqual([]);
});

test('answers are said by the sentence, once', async ({ page, backend }) => {
  backend.replies.push(
    streamed(['The **first', '** sentence. The sec', 'ond one', ' is here! And', ' the third'], 500),
    refused(503, {}),
  );
  await page.goto(backend.front.url);
  await page.evaluate(() => {
    const said: string[] = [];
    Object.assign(window, { said });
    new MutationObserver((changes) => {
      for (const { target, addedNodes } of changes) {
        if (!(target instanceof HTMLElement) || target.id !== 'announcer') continue;
        for (const node of addedNodes) said.push(node.textContent ?? '');
      }
    }).observe(document.body, { childList: true, subtree: true });
  });
  await ask(page, 'Hi');
  await expect(answers(page).locator('time')).toBeVisible();
  const said = (): Promise<string[]> => page.evaluate(() => (window as unknown as { said: string[] }).said);
  await expect.poll(said).toEqual(['The first sentence.', 'The second one is here!', 'And the third']);
  await expect(page.locator('#announcer')).toHaveAttribute('aria-live', 'polite');
  await expect(page.getByRole('log')).toHaveAttribute('aria-live', 'off');
  await ask(page, 'Hi');
  await expect.poll(said).toContain('The twin cannot answer right now.');
});

test('targets are large enough', async ({ page, backend }) => {
  backend.replies.push(whole(MIX));
  await page.goto(backend.front.url);
  await ask(page, 'Hi');
  await expect(page.locator('.hl-keyword')).toBeVisible();
  const small = (): Promise<string[]> =>
    page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>('button, select, textarea, .choice input')]
        .filter((one) => one.checkVisibility())
        .map((one) => ({ one, box: one.getBoundingClientRect() }))
        .filter(({ box }) => box.width < 24 || box.height < 24)
        .map(({ one }) => one.outerHTML),
    );
  expect(await small()).toEqual([]);
  await openMenu(page);
  expect(await small()).toEqual([]);
});

test('letters twice as large: nothing is cut off or out of reach', async ({ page, backend }, { project }) => {
  const { width, height } = project.use.viewport!;
  await page.setViewportSize({ width: Math.max(320, Math.round(width / 2)), height: Math.round(height / 2) });
  backend.replies.push(whole(MIX));
  await page.goto(backend.front.url);
  await ask(page, 'Hi');
  await expect(page.locator('.hl-keyword')).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  await field(page).scrollIntoViewIfNeeded();
  await expect(field(page)).toBeInViewport();
  await openMenu(page);
  await page.getByRole('button', { name: 'Keyboard shortcuts' }).scrollIntoViewIfNeeded();
  await expect(page.getByRole('button', { name: 'Keyboard shortcuts' })).toBeInViewport();
});

test('nothing moves for those who do not want it', async ({ page, backend }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  backend.replies.push(whole('x', 1_500));
  await page.goto(backend.front.url);
  await ask(page, 'Hi');
  await expect(page.locator('.dots i').first()).toBeVisible();
  await page.waitForTimeout(300);
  expect(
    await page.evaluate(() => document.getAnimations().filter(({ playState }) => playState === 'running').length),
  ).toBe(0);
});

test('the on-screen keyboard does not cover where visitors write', async ({ page, backend }) => {
  await page.addInitScript(() => {
    const seen = Object.assign(new EventTarget(), { height: innerHeight, scale: 1 });
    Object.defineProperty(window, 'visualViewport', { value: seen });
  });
  await page.goto(backend.front.url);
  await expect(field(page)).toBeVisible();
  const bottom = async (): Promise<number> =>
    (await field(page).boundingBox())!.y + (await field(page).boundingBox())!.height;
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
