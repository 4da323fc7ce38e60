// Takes screenshots of each screen in each theme, for people to look at.

import { answers, ask, expect, openMenu, test } from '../support/fixtures.ts';
import { refuse, answer } from '../support/scripted-backend.ts';

const LONG_ANSWER = `Mira has built **three timber bridges**, and writes about them now and then.

## Her favorites

1. The *Kase* footbridge, 84 m of glued larch
2. A covered bridge near [Viljandi](https://example.com)
   - rebuilt after the flood
   - load test in \`2019\`

> A bridge is a promise made in wood.

| Bridge | Span | Year |
|:-------|-----:|:----:|
| Kase | 84 m | 2021 |
| Viljandi | 31 m | 2019 |

\`\`\`python
def safe(load, limit=4.5):  # kN per m²
    return load * 1.35 < limit
\`\`\`

Write to mira@example.com if you want to know more.`;

const CONFIG = {
  name: 'Mira Talvik',
  title: 'Ask Mira',
  accent: '#0f766e',
  privacy: 'Conversations are kept for 30 days.',
  suggestions: ['What is your favorite bridge?', 'How do you test a bridge?', 'Can I book a talk?'],
  links: [
    { label: 'Website', url: 'https://example.com' },
    { label: 'LinkedIn', url: 'https://www.linkedin.com/in/example' },
  ],
};

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test('screenshots', async ({ page, backend }, { project }) => {
      const screenshot = (name: string): Promise<Buffer> =>
        page.screenshot({ path: `test-results/screenshots/${project.name}-${colorScheme}-${name}.png` });
      backend.pageServer.config = JSON.stringify(CONFIG);
      backend.replies.push(answer(LONG_ANSWER), refuse(429, { message: 'Too Many Requests' }));
      await page.goto(backend.pageServer.url);
      await expect(page.getByText('Can I book a talk?')).toBeVisible();
      await screenshot('welcome');
      await ask(page, 'Which of your bridges should I look at first, and why that one?');
      await expect(page.locator('.hl-keyword').first()).toBeVisible();
      await screenshot('answer-end');
      await page.locator('.scroller').evaluate((box) => {
        box.scrollTop = 0;
      });
      await screenshot('answer-start');
      await ask(page, 'And then?');
      await expect(page.locator('.problem')).toBeVisible();
      await screenshot('problem');
      await openMenu(page);
      await screenshot('menu');
      await page.getByRole('button', { name: 'Keyboard shortcuts' }).click();
      await screenshot('help');
    });
  });
}

test.describe('right to left', () => {
  test.use({ locale: 'ar' });

  test('screenshots', async ({ page, backend }, { project }) => {
    await page.goto(backend.pageServer.url);
    await expect(page.locator('html')).toHaveAttribute('dir', 'rtl');
    await expect(page.locator('.chip').first()).toBeVisible();
    await page.screenshot({ path: `test-results/screenshots/${project.name}-rtl-welcome.png` });
    backend.replies.push(answer('مرحبًا! هذا **جسر** من الخشب:\n\n- واحد\n- اثنان\n\n`code`'));
    await ask(page, 'ما هو الجسر؟');
    await expect(answers(page).locator('strong')).toBeVisible();
    await page.screenshot({ path: `test-results/screenshots/${project.name}-rtl-answer.png` });
    await page.keyboard.press('Control+k');
    await expect(page.getByRole('dialog')).toBeVisible();
    await page.screenshot({ path: `test-results/screenshots/${project.name}-rtl-menu.png` });
  });
});
