import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import { ANNOUNCEMENTS_HEADER, FILE_HEADER, INCLUDE_LINE } from '../../../../src/bird/names.ts';
import type { Publisher } from '../../../../src/bird/publish/publisher.ts';
import type { PublishFiles, PublishResult, PublishRules } from '../../../../src/bird/types.ts';
import { eventually } from '../../../lab/eventually.ts';
import type { Setup } from './publish-setup.ts';

const RULES: PublishRules = {
  ...{ allowSessionReset: false, confirmTimeout: 0.4 },
  ...{ neighbors: ['10.0.0.254'], summaries: ['10.1.1.0/24'] },
};

/** What of a `bird.conf` and its announcements differs between tests. */
export interface Wanted {
  readonly hold?: number;
  readonly asn?: number;
  readonly filter?: string;
  readonly name?: string;
  readonly session?: boolean;
  readonly announce?: readonly string[];
  readonly rules?: Partial<PublishRules>;
  readonly edition?: number;
}

/** A `bird.conf` with one session, and announcements, as the templates would give them. */
export function files(wanted: Wanted = {}): PublishFiles {
  const { hold = 30, asn = 64600, filter = 'accept;', name = 'tor1', session = true, announce = [] } = wanted;
  const bgp = `protocol bgp ${name} {
	local 10.0.0.1 as 64601;
	neighbor 10.0.0.254 as ${asn};
	hold time ${hold};
	ipv4 { import none; export filter out; };
}`;
  return {
    config: `${FILE_HEADER}\n${INCLUDE_LINE}\nfilter out {\n${filter}\n}\n${session ? bgp : ''}\n`,
    announcements: `${ANNOUNCEMENTS_HEADER}
protocol static flock_announce4 {
	ipv4;
${announce.map((network) => `\troute ${network} via "flock00000001";\n`).join('')}}
protocol static flock_announce6 { ipv6; }
`,
    rules: { ...RULES, ...wanted.rules },
    ...(wanted.edition === undefined ? {} : { edition: wanted.edition }),
  };
}

/** A publisher whose first set is in force, with the session up. */
export async function established(setup: Setup, first: Wanted = { announce: ['192.0.2.1/32'] }): Promise<Publisher> {
  const publisher = setup.publisher();
  expect(await publisher.publish(files(first))).toMatchObject({ ok: true });
  setup.bird.isUp = ({ name }) => name === 'tor1';
  setup.bird.commands.length = 0;
  return publisher;
}

/** Publishes, and waits until the change is no more on trial. */
export async function publishAndWait(publisher: Publisher, wanted: Wanted): Promise<PublishResult> {
  const result = await publisher.publish(files(wanted));
  await trialOver(publisher);
  return result;
}

/** Ends a publisher as a crash does: what lies on the disk, and what BIRD runs, stays as it is. */
export async function crash(setup: Setup, publisher: Publisher): Promise<void> {
  const names = [setup.config, `${setup.config}.unconfirmed`];
  const texts = names.map((name) => readFileSync(name, 'utf8'));
  const { running, timer } = setup.bird;
  await publisher.close();
  Object.assign(setup.bird, { running, timer });
  for (const [index, name] of names.entries()) {
    rmSync(name, { force: true });
    writeFileSync(name, texts[index] ?? '');
  }
}

/** Waits until nothing is on trial any more. */
export function trialOver(publisher: Publisher): Promise<true> {
  return eventually(() => publisher.change?.state !== 'verifying' || undefined, 'the trial ends');
}
