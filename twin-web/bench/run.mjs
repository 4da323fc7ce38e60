// Starts the measurements. Vite compiles their TypeScript.

import { runnerImport } from 'vite';

const { module } = await runnerImport(new URL('./bench.ts', import.meta.url).pathname);
process.exitCode = await module.bench();
