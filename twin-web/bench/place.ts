// What every measurement gets.

import type { Browser } from '@playwright/test';
import type { Scripted } from '../tests/support/scripted.ts';

export interface Place {
  readonly backend: Scripted;
  readonly browser: Browser;
}
