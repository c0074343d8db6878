import { describe, it } from 'vitest';
import { canTamper, tamper } from '../tamper/tamper.ts';

/**
 * A short play, always the same one; `npm run test:long` has long ones. The seed is one whose looks meet nearly every kind
 * of action, with what has to be taken back still standing.
 */
const USUAL = { seconds: 25, seed: 395 };

/** Far above it: the node may take a minute to be whole again each time, on a machine that is busy. */
const TIMEOUT_MS = 600_000;

describe.skipIf(!canTamper)(
  'a node on which somebody plays with ip, sysctl, nft, birdc, files and mounts (needs root, nft)',
  () => {
    it(
      'announces only what answers, or says why not, and is whole again when all is taken back',
      () => tamper(USUAL),
      TIMEOUT_MS,
    );
  },
);
