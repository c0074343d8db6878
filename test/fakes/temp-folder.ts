import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder of a test's own, gone with everything in it when the test ends: `using folder = new TempFolder()`. */
export class TempFolder implements Disposable {
  readonly path: string = mkdtempSync(join(tmpdir(), 'flock-test-'));

  /** Path of an entry. */
  at(name: string): string {
    return join(this.path, name);
  }

  /** Writes a file in place: it is cut to nothing first, then filled. */
  write(name: string, text: string): string {
    writeFileSync(this.at(name), text);
    return this.at(name);
  }

  /** Puts a finished file in the place of the old one. */
  replace(name: string, text: string): string {
    writeFileSync(this.at(`.${name}.new`), text);
    renameSync(this.at(`.${name}.new`), this.at(name));
    return this.at(name);
  }

  remove(name: string): void {
    rmSync(this.at(name));
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
