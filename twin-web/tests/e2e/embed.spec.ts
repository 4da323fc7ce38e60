// The chat button that `embed.js` adds to another site.

import { createServer } from 'node:http';
import { expect, test } from '../support/fixtures.ts';
import { close, listen } from '../support/page-server.ts';

const sitePolicy = (twin: string): string =>
  `default-src 'none'; script-src ${twin}; frame-src ${twin}; require-trusted-types-for 'script'`;

test.describe('on another site', () => {
  test('the button opens the chat in the accent color, and closes it', async ({ page, backend }, { project }) => {
    const site = createServer((_, answer) => {
      answer.setHeader('content-type', 'text/html');
      answer.setHeader('content-security-policy', sitePolicy(backend.pageServer.url));
      answer.end(
        `<!doctype html><meta name="viewport" content="width=device-width"><title>Site</title><p>My site</p><script src="${backend.pageServer.url}/embed.js" data-accent="#aa3366" data-label="Ask me" async></script>`,
      );
    });
    const url = await listen(site);
    backend.pageServer.frameAncestors = url;
    const requested: string[] = [];
    page.on('request', (request) => requested.push(new URL(request.url()).pathname));
    await page.goto(url);
    const launcher = page.getByRole('button', { name: 'Ask me' });
    await expect(launcher).toBeVisible();
    expect(requested).not.toContain('/config.json');
    await launcher.click();
    const frame = page.frameLocator('iframe');
    await frame.locator('#message').fill('Hi from a frame');
    await frame.locator('#message').press('Enter');
    await expect(frame.locator('.answer')).toContainText('All is well.');
    expect(await frame.locator('html').evaluate((root) => root.style.getPropertyValue('--fill'))).toBe('#aa3366');
    await page.screenshot({ path: `test-results/screenshots/${project.name}-embed.png` });
    await frame.getByRole('button', { name: 'Close' }).click();
    await expect(page.locator('iframe')).toBeHidden();
    await expect(launcher).toBeFocused();
    await launcher.click();
    await expect(frame.locator('.answer')).toContainText('All is well.');
    await frame.locator('#message').press('Escape');
    await expect(page.locator('iframe')).toBeHidden();
    await close(site);
  });

  test('a site that is not in `frame_ancestors` gets no frame', async ({ page, backend, browserErrors }) => {
    const site = createServer((_, answer) => {
      answer.setHeader('content-type', 'text/html');
      answer.end(`<!doctype html><title>Site</title><script src="${backend.pageServer.url}/embed.js" async></script>`);
    });
    const url = await listen(site);
    backend.pageServer.frameAncestors = "'none'";
    await page.goto(url);
    await page.getByRole('button', { name: 'Chat' }).click();
    await expect.poll(() => browserErrors.splice(0).some((text) => text.includes('frame-ancestors'))).toBe(true);
    await close(site);
  });
});
