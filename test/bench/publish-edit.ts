import { renameSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createTemplateFollower } from '../../src/daemon/follow-templates.ts';
import { silentLogger } from '../fakes/silent-logger.ts';
import { eventually, type Lab, type LabBird, type Namespace } from '../lab/lab.ts';
import { startEngine } from './flip-engine.ts';

/** What an edit does: a route of the operator's own, or a filter that lets another one out. */
export type EditKind = 'route' | 'filter';

/** Network number n, of TEST-NET-3 (RFC 5737). */
export function network(n: number): string {
  return `203.0.113.${n % 250}`;
}

/** Somebody who takes up edits of a BIRD configuration. */
export interface Subject {
  /** Saves an edit after which the router shall have network `n`. */
  save(kind: EditKind, n: number): void;
  /** Saves what there was before all edits. */
  restore(): void;
  /** Resolves when the next edit may come. */
  idle(): Promise<unknown>;
  stop(): Promise<void>;
}

/** Protocols of the operator's own: one route that edits change, and all that edits of the filter choose from. */
function ownRoutes(n: number): string {
  const all = Array.from({ length: 250 }, (_, at) => `\troute ${network(at)}/32 blackhole;\n`).join('');
  return `protocol static own {\n\tipv4;\n\troute ${network(n)}/32 blackhole;\n}\nprotocol static choice {\n\tipv4 { preference 10; };\n${all}}\n`;
}

/** Statements of the filter: the first edit of either kind takes back what the other has. */
function statements(kind: EditKind, n: number): string {
  return kind === 'route'
    ? 'if proto = "own" then accept;\n'
    : `if proto = "choice" && net = ${network(n)}/32 then accept;\n`;
}

/** flockd: the real engine with the real watch of the operator's folder. */
export async function ourSubject(lab: Lab, node: Namespace, count: number, peer: string) {
  const running = await startEngine(lab, node, count, peer);
  const { engine, config, control, bird } = running;
  const folder = join(config.bird.templates, 'partials');
  await mkdir(folder, { recursive: true });
  const put = (name: string, text: string): void => {
    writeFileSync(join(lab.dir, 'edited'), text);
    renameSync(join(lab.dir, 'edited'), join(folder, name));
  };
  const restore = (): void => {
    put('extra.hbs', ownRoutes(0));
    put('export-extra.hbs', statements('route', 0));
  };
  restore();
  const follower = createTemplateFollower(engine, silentLogger);
  await follower.follow(config);
  const idle = () =>
    eventually(
      () => engine.reconciler.change === undefined || Promise.reject(engine.reconciler.change),
      'no change',
      20_000,
    );
  const subject: Subject = {
    save(kind, n) {
      if (kind === 'route') put('extra.hbs', ownRoutes(n));
      else put('export-extra.hbs', statements(kind, n));
    },
    ...{ restore, idle },
    async stop() {
      await follower.close();
      await running.stop();
    },
  };
  return { subject, control, bird };
}

/** An operator who edits the file and runs `birdc configure`, on the configuration that flockd has made. */
export function handSubject(lab: Lab, bird: LabBird, text: string): Subject {
  let [route, filter] = [ownRoutes(0), statements('route', 0)];
  const original = { route, filter };
  return {
    save(kind, n) {
      if (kind === 'route') route = ownRoutes(n);
      else filter = statements(kind, n);
      const edited = text
        .replaceAll(original.route.trim(), route.trim())
        .replaceAll(original.filter.trim(), filter.trim());
      writeFileSync(join(lab.dir, 'edited'), edited);
      renameSync(join(lab.dir, 'edited'), bird.configPath);
      bird.birdc('configure').catch((error: unknown) => {
        throw error;
      });
    },
    restore() {},
    idle: async () => {},
    stop: async () => {},
  };
}
