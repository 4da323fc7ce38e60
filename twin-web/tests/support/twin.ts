// How a real twin is started: the one place that knows.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { startFront, type Front } from './front.ts';

export interface RunningTwin {
  readonly front: Front;
  stop(): Promise<void>;
}

const BINARY = process.env['TWIN_LAMBDA'] ?? join(import.meta.dirname, '../../../target/debug/twin-lambda');

/** A twin of somebody who does not exist, without a model, that remembers until it is stopped. */
export async function startTwin(): Promise<RunningTwin> {
  const memory = mkdtempSync(join(tmpdir(), 'twin-memory-'));
  const child = spawn(BINARY, ['serve', '--port', '0'], {
    env: { AI_PROVIDER: 'builtin', DATA_DIR: join(import.meta.dirname, 'persona'), MEMORY_DIR: memory },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  const first = await new Promise<string>((resolve, reject) => {
    lines.once('line', resolve);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the twin ended with ${code}`)));
  });
  const front = await startFront((JSON.parse(first) as { detail: { url: string } }).detail.url);
  return {
    front,
    async stop() {
      await front.close();
      child.kill();
      rmSync(memory, { recursive: true, force: true });
    },
  };
}
