// Checks that a function takes time linear in the size of its input, independently of the speed of the machine.

import { expect } from 'vitest';

const SMALL = 10_000;
const GROWTH = 8;
/** How much more time the larger input may take. Linear would be 8 times as much, quadratic 64 times. */
const MAX_RATIO = 24;
/** Times below this, in milliseconds, are too short to compare. */
const MIN_TIME = 8;
const MAX_ATTEMPTS = 20;

/**
 * Compares the processor time of two inputs. The ratio of two times does not depend on the speed of the processor.
 * Other programs and the compiler can only add time, so the shortest of several measurements counts.
 */
export function expectLinearTime(run: (size: number) => void): void {
  let [small, large] = [Infinity, Infinity];
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    small = Math.min(
      small,
      processorTime(() => run(SMALL)),
    );
    large = Math.min(
      large,
      processorTime(() => run(SMALL * GROWTH)),
    );
    if (large < Math.max(small, MIN_TIME) * MAX_RATIO) return;
  }
  expect(large / Math.max(small, MIN_TIME), 'growth of the time for an input of 8 times the size').toBeLessThan(
    MAX_RATIO,
  );
}

function processorTime(run: () => void): number {
  const start = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000;
}
