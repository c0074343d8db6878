import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { main } from '../../../src/flockctl.ts';

export const NOW = new Date('2026-01-02T03:04:05Z');

export interface Ended {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `flockctl` in this process. */
export async function flockctl(...argv: string[]): Promise<Ended> {
  let [out, err] = ['', ''];
  const status = await main(argv, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    now: () => NOW,
  });
  return { status, out, err };
}

/** The files of a node on which nothing runs, in a folder that vanishes with its user. */
export class OfflineWorld implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'flockctl-'));

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  path(...parts: string[]): string {
    return join(this.folder, ...parts);
  }

  /** Writes a file of this world, in a folder that is made for it. */
  write(name: string, text: string, mode = 0o644): string {
    const path = this.path(name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { mode });
    return path;
  }

  /** Writes a configuration of this world. @param change keys that replace those of the default. */
  configuration(change: object = {}, name = 'flock.yaml'): string {
    const config = {
      node: 'node1',
      pools: { ipv4: '10.1.1.0/24' },
      bgp: { asn: 64601, routerId: '10.0.0.1' },
      bird: {
        socket: this.path('bird.ctl'),
        config: this.path('bird', 'bird.conf'),
        templates: this.path('templates'),
      },
      state: this.path('allocations.json'),
      ...change,
    };
    return this.write(name, JSON.stringify(config));
  }
}
