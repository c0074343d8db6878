import { describe, it } from 'vitest';
import { canTamper, tamper } from '../tamper/tamper.ts';

/** FLOCK_TAMPER_SECONDS and FLOCK_TAMPER_SEED say otherwise: an hour by chance is `3600` and `random`. */
const USUAL = { seconds: 300, seed: 2 };

/** Far above an hour, which the last step may overstep by minutes. */
const TIMEOUT_MS = 3 * 3_600_000;

describe.skipIf(!canTamper)(
  'a node on which somebody plays for long with ip, sysctl, nft, birdc, files and mounts (needs root, nft)',
  () => {
    it(
      'announces only what answers, or says why not, and is whole again when all is taken back',
      () => tamper(USUAL),
      TIMEOUT_MS,
    );
  },
);
