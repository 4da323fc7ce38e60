// Fills in the service worker's list of files to cache, and the version of its cache: a hash of these files.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { Plugin } from 'vite';

/** Files that the page does not need offline. */
const NOT_CACHED = /^(?:sw|embed)\.js$|^404\.html$|^icon-|^apple/;

export function serviceWorker(publicFolder: string): Plugin {
  return {
    name: 'service-worker',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        const worker = bundle['sw.js'];
        if (worker?.type !== 'chunk') throw new Error('the service worker was not built');
        const files = new Map<string, string | Uint8Array>();
        for (const [name, file] of Object.entries(bundle))
          files.set(name, file.type === 'chunk' ? file.code : file.source);
        for (const name of readdirSync(publicFolder)) files.set(name, readFileSync(`${publicFolder}/${name}`));
        const cached = [...files.keys()].filter((name) => !NOT_CACHED.test(name)).sort();
        const hash = createHash('sha256');
        for (const name of cached) hash.update(name).update(files.get(name)!);
        worker.code = worker.code
          .replace('__VERSION__', hash.digest('hex').slice(0, 16))
          .replace('__FILES__', JSON.stringify(cached.map((name) => `/${name}`)));
      },
    },
  };
}
