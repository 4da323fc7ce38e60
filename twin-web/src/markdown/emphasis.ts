// Emphasis, by CommonMark's algorithm for delimiter runs. Takes time linear in the number of runs.

import { element, MAX_NESTING, type TreeNode } from './tree.ts';

/** An entry in the linked list of a text's nodes. A delimiter run is an entry until it becomes emphasis. */
export interface Segment {
  node: TreeNode;
  before: Segment | undefined;
  after: Segment | undefined;
  run: Run | undefined;
}

/** A run of equal delimiters, such as `**`. */
export interface Run {
  /** Its offset in the text. */
  readonly offset: number;
  char: string;
  /** The number of delimiters that are not used yet. */
  count: number;
  readonly length: number;
  readonly opens: boolean;
  readonly closes: boolean;
  before: Run | undefined;
  after: Run | undefined;
  segment: Segment;
}

const SPACE = /^\s?$/;
const PUNCTUATION = /^[\p{P}\p{S}]$/u;

/** Whether a run can open and close emphasis, from the characters around it. */
export function flanking(char: string, before: string, after: string): { opens: boolean; closes: boolean } {
  const [spaceBefore, spaceAfter] = [SPACE.test(before), SPACE.test(after)];
  const [markBefore, markAfter] = [PUNCTUATION.test(before), PUNCTUATION.test(after)];
  const left = !spaceAfter && (!markAfter || spaceBefore || markBefore);
  const right = !spaceBefore && (!markBefore || spaceAfter || markAfter);
  if (char !== '_') return { opens: left, closes: right };
  return { opens: left && (!right || markBefore), closes: right && (!left || markAfter) };
}

/** Pairs the runs after `bottom`, up to `last`. Runs without a partner stay text. */
export function pairRuns(last: Run | undefined, bottom: Run | undefined): void {
  // For each kind of closer, the offset up to which there is no opener. An offset, because runs can be removed.
  const floors = new Map<string, number>();
  let closer = last;
  while (closer && closer.before !== bottom) closer = closer.before;
  while (closer) {
    if (!closer.closes) {
      closer = closer.after;
      continue;
    }
    const key = `${closer.char}${closer.length % 3}${closer.opens}${closer.char === '~' ? closer.length : ''}`;
    const floor = floors.get(key) ?? bottom?.offset ?? -1;
    let opener = closer.before;
    while (opener && opener.offset > floor && !pairs(opener, closer)) opener = opener.before;
    if (opener && opener.offset > floor) {
      // Nested too deep: the rest stays text.
      if (!wrap(opener, closer)) return;
      if (opener.count === 0) dropRun(opener);
      if (closer.count > 0) continue;
      const next: Run | undefined = closer.after;
      dropRun(closer);
      closer = next;
    } else {
      floors.set(key, closer.offset - 1);
      closer = closer.after;
    }
  }
}

function pairs(opener: Run, closer: Run): boolean {
  if (!opener.opens || opener.char !== closer.char) return false;
  if (opener.char === '~') return opener.length === closer.length;
  // CommonMark's rule of three, for runs that can both open and close.
  const either = opener.closes || closer.opens;
  return !(
    either
    && (opener.length + closer.length) % 3 === 0
    && !(opener.length % 3 === 0 && closer.length % 3 === 0)
  );
}

function wrap(opener: Run, closer: Run): boolean {
  const used = opener.char === '~' ? opener.count : opener.count > 1 && closer.count > 1 ? 2 : 1;
  const children: TreeNode[] = [];
  for (let segment = opener.segment.after; segment && segment !== closer.segment; segment = segment.after)
    children.push(segment.node);
  const made = element(opener.char === '~' ? 'del' : used === 2 ? 'strong' : 'em', children);
  if (made.depth > MAX_NESTING) return false;
  // Runs between the two can no longer pair with runs outside.
  opener.after = closer;
  closer.before = opener;
  const segment: Segment = { node: made, before: opener.segment, after: closer.segment, run: undefined };
  opener.segment.after = segment;
  closer.segment.before = segment;
  for (const run of [opener, closer]) {
    run.count -= used;
    run.segment.node = run.char.repeat(run.count);
  }
  return true;
}

function dropRun(run: Run): void {
  if (run.before) run.before.after = run.after;
  if (run.after) run.after.before = run.before;
}
