import { describe, it } from 'vitest';
import { isRoot } from '../lab/lab.ts';
import { editsInARow } from '../netns/edits/edits-in-a-row.ts';

const EDITS = 200;

describe.skipIf(!isRoot)('a long row of edits by chance, good and bad, while pods flip (needs root)', () => {
  it('resets no session without announcing it, loses no announcement, keeps the last good configuration, names each place', () =>
    editsInARow(EDITS));
});
