// Tells the service worker which files the page is made of, and calls its cache by their hash.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { Plugin } from 'vite';

/** These are fetched when they are needed; not everybody needs them. */
const NOT_KEPT = /^(?:sw|embed)\.js$|^404\.html$|^icon-|^apple/;

export function offline(publicFolder: string): Plugin {
  return {
    name: 'offline',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        const worker = bundle['sw.js'];
        if (worker?.type !== 'chunk') throw new Error('the service worker was not built');
        const files = new Map<string, string | Uint8Array>();
        for (const [name, file] of Object.entries(bundle))
          files.set(name, file.type === 'chunk' ? file.code : file.source);
        for (const name of readdirSync(publicFolder)) files.set(name, readFileSync(`${publicFolder}/${name}`));
        const kept = [...files.keys()].filter((name) => !NOT_KEPT.test(name)).sort();
        const hash = createHash('sha256');
        for (const name of kept) hash.update(name).update(files.get(name)!);
        worker.code = worker.code
          .replace('__VERSION__', hash.digest('hex').slice(0, 16))
          .replace('__FILES__', JSON.stringify(kept.map((name) => `/${name}`)));
      },
    },
  };
}
