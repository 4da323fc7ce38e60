// The backend and the browser that every measurement uses.

import type { Browser } from '@playwright/test';
import type { ScriptedBackend } from '../tests/support/scripted-backend.ts';

export interface Setup {
  readonly backend: ScriptedBackend;
  readonly browser: Browser;
}
