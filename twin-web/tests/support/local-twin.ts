// Starts a local twin with twinctl.

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface LocalTwin {
  readonly url: string;
  /** Returns the process ID of the backend, or 0 while no backend is ready. */
  backendPid(): Promise<number>;
  stop(): Promise<void>;
}

const run = promisify(execFile);
const DEBUG = join(import.meta.dirname, '../../../target/debug');
const TWINCTL = process.env['TWINCTL'] ?? join(DEBUG, 'twinctl');
const TWIN_LAMBDA = process.env['TWIN_LAMBDA'] ?? join(DEBUG, 'twin-lambda');

/** Starts a twin of a sample persona, without a model. `stop` deletes it with its conversations. */
export async function startTwin(throttle = { burst: 100, rate: 100 }): Promise<LocalTwin> {
  const folder = mkdtempSync(join(tmpdir(), 'twin-'));
  mkdirSync(join(folder, 'environments'));
  const environment = {
    project: 'page',
    environment: 'local',
    target: 'local',
    data: join(import.meta.dirname, 'persona'),
    web: { bundle: join(import.meta.dirname, '../../dist') },
    local: { port: 20_000 + Math.floor(Math.random() * 10_000), next_free_port: true },
    api: { throttle },
  };
  // JSON is valid YAML.
  writeFileSync(join(folder, 'environments/local.yaml'), JSON.stringify(environment));
  const twinctl = async (...args: string[]) => (await run(TWINCTL, args, { cwd: folder })).stdout;
  const url = (await twinctl('deploy', 'local', '--lambda-binary', TWIN_LAMBDA)).trim();
  return {
    url,
    async backendPid() {
      const objects = (await twinctl('status', 'local', '--json'))
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Status);
      return objects.find((object) => object.kind === 'status')?.backend?.phase.pid ?? 0;
    },
    async stop() {
      await twinctl('destroy', 'local', '--confirm', 'local');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Status {
  readonly kind: string;
  readonly backend?: { readonly phase: { readonly pid?: number } };
}
