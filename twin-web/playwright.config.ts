// Browser tests: on a phone in dark mode, and on a desktop in light mode.

import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { defineConfig } from '@playwright/test';

const onPath = (process.env['PATH'] ?? '')
  .split(delimiter)
  .flatMap((folder) => [join(folder, 'chromium'), join(folder, 'google-chrome')]);
const executablePath = process.env['CHROMIUM'] ?? onPath.find(existsSync) ?? 'chromium';
/** Disables background traffic of the browser. */
const args = [
  '--no-sandbox',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export default defineConfig({
  testDir: 'tests/e2e',
  testMatch: '*.spec.ts',
  outputDir: 'test-results',
  workers: 2,
  fullyParallel: true,
  // Tests wait for events. These limits only end a test that hangs, so they suit the slowest machines.
  timeout: 180_000,
  expect: { timeout: 60_000 },
  reporter: [['list']],
  use: {
    launchOptions: { executablePath, args },
    serviceWorkers: 'block',
    locale: 'en-GB',
  },
  projects: [
    {
      name: 'phone',
      use: { viewport: { width: 360, height: 740 }, colorScheme: 'dark', hasTouch: true, isMobile: true },
    },
    { name: 'desktop', use: { viewport: { width: 1440, height: 900 }, colorScheme: 'light' } },
  ],
});
