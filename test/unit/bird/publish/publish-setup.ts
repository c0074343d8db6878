import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ANNOUNCEMENTS_HEADER, FILE_HEADER, INCLUDE_LINE } from '../../../../src/bird/names.ts';
import { createPublisher, type Publisher } from '../../../../src/bird/publish/publisher.ts';
import type { BirdMode } from '../../../../src/config/types.ts';
import { silentLogger } from '../../../fakes/silent-logger.ts';
import { FileReadingBird } from './file-reading-bird.ts';

/** A text of `bird.conf` that has the shape of ours. */
export function conf(what: string): string {
  return `${FILE_HEADER}\n# ${what}\n${INCLUDE_LINE}\n`;
}

/** A text of the announcements file that has the shape of ours. */
export function announcements(what: string): string {
  return `${ANNOUNCEMENTS_HEADER}\nprotocol static flock_announce4 {}\nprotocol static flock_announce6 {}\n# ${what}\n`;
}

/** A folder like `/etc/bird`, a fake BIRD on it, and publishers for them. */
export class Setup implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'flock-publish-'));
  readonly config = join(this.folder, 'bird.conf');
  readonly announcements = join(this.folder, 'flock-announcements.conf');
  readonly bird = new FileReadingBird(this.config);
  readonly warnings: string[] = [];
  pokes = 0;

  /** A publisher as a start of the daemon makes it. `birdBinary` is there only if it is given. */
  publisher(birdBinary = join(this.folder, 'no-bird'), mode: BirdMode = 'own'): Publisher {
    return createPublisher({
      config: this.config,
      mode,
      control: this.bird,
      now: () => new Date(0),
      log: {
        ...silentLogger,
        warn: (_fields, message) => this.warnings.push(message),
        error: (_fields, message) => this.warnings.push(message),
      },
      poke: () => {
        this.pokes += 1;
      },
      birdBinary,
    });
  }

  /** A program that stands for `bird`: a shell script outside the folder of the configuration. */
  program(script: string): string {
    const path = `${this.folder}.program`;
    writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return path;
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
    rmSync(`${this.folder}.program`, { force: true });
  }
}
