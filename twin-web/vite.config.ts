// How the page is built: everything but what has a fixed address is named by its content.

import { defineConfig } from 'vitest/config';
import { offline } from './build/offline.ts';
import { plainImports } from './build/imports.ts';

const FIXED = new Map([
  ['embed', 'embed.js'],
  ['sw', 'sw.js'],
]);
const BROWSERS = ['chrome123', 'edge123', 'firefox125', 'safari17.5'];

export default defineConfig({
  plugins: [plainImports(), offline('public')],
  build: {
    target: BROWSERS,
    cssTarget: BROWSERS,
    assetsInlineLimit: 0,
    modulePreload: false,
    reportCompressedSize: false,
    rolldownOptions: {
      input: { index: 'index.html', lost: '404.html', embed: 'src/embed/embed.ts', sw: 'src/offline/worker.ts' },
      output: { entryFileNames: ({ name }) => FIXED.get(name) ?? 'assets/[name]-[hash].js' },
    },
  },
  test: { include: ['tests/**/*.test.ts'] },
});
