// Builds the page. File names contain a hash of the content, except where the address must stay the same.

import { defineConfig } from 'vitest/config';
import { plainImports } from './build/plain-imports.ts';
import { serviceWorker } from './build/service-worker.ts';

const FIXED_NAMES = new Map([
  ['embed', 'embed.js'],
  ['sw', 'sw.js'],
]);
const BROWSERS = ['chrome123', 'edge123', 'firefox125', 'safari17.5'];

export default defineConfig({
  plugins: [plainImports(), serviceWorker('public')],
  build: {
    target: BROWSERS,
    cssTarget: BROWSERS,
    assetsInlineLimit: 0,
    modulePreload: false,
    reportCompressedSize: false,
    rolldownOptions: {
      input: {
        index: 'index.html',
        notFound: '404.html',
        embed: 'src/embed/embed.ts',
        sw: 'src/offline/service-worker.ts',
      },
      output: { entryFileNames: ({ name }) => FIXED_NAMES.get(name) ?? 'assets/[name]-[hash].js' },
    },
  },
  // The limits only end a test that hangs, so they suit the slowest machines.
  test: { include: ['tests/**/*.test.ts'], testTimeout: 180_000, hookTimeout: 180_000 },
});
