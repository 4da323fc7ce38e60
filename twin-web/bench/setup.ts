// What every measurement gets: a backend and a browser.

import type { Browser } from '@playwright/test';
import type { ScriptedBackend } from '../tests/support/scripted-backend.ts';

export interface Setup {
  readonly backend: ScriptedBackend;
  readonly browser: Browser;
}
