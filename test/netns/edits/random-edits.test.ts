import { describe, it } from 'vitest';
import { isRoot } from '../../lab/lab.ts';
import { editsInARow } from './edits-in-a-row.ts';

/** So many edits; `npm run test:long` makes five times as many. */
const EDITS = 40;

/** For all of them, in milliseconds: many times what they take. */
const TIMEOUT_MS = 600_000;

describe.skipIf(!isRoot)('a row of edits by chance, good and bad, while pods flip (needs root)', () => {
  it(
    'resets no session without announcing it, loses no announcement, keeps the last good configuration, names each place',
    () => editsInARow(EDITS),
    TIMEOUT_MS,
  );
});
