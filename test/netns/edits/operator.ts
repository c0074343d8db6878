import { expect } from 'vitest';
import type { StatusJson } from '../../../src/api/types.ts';
import { eventually, run } from '../../lab/lab.ts';
import type { Desk } from './desk.ts';
import type { Dice } from './dice.ts';
import { contentOn, pathOf, save } from './disk.ts';
import type { Content, Way } from './edit.ts';
import type { Flipper } from './flipper.ts';
import { ROUTERS, SILENT } from './names.ts';
import { wantedText } from './wanted-text.ts';
import { type EditedWorld, SESSION_MS } from './world.ts';

/** How long the daemon may take to say what it makes of an edit, in milliseconds: far above what it takes. */
const VERDICT_MS = 20_000;

/** What BIRD runs. */
export interface InForce {
  /** The text that BIRD reads. */
  readonly text: string;
  /** The protocols that it runs, in its order. */
  readonly protocols: readonly string[];
}

/** An operator at work: saves files, asks the daemon, and looks at BIRD and at the routers. */
export class Operator {
  /** What was written that is right. What is wrong is never on it. */
  desk: Desk;
  readonly world: EditedWorld;
  readonly flipper: Flipper;
  readonly dice: Dice;

  constructor(world: EditedWorld, flipper: Flipper, dice: Dice) {
    this.world = world;
    this.flipper = flipper;
    this.dice = dice;
    this.desk = world.desk;
  }

  /** Full path of a file that is edited. */
  pathOf(file: string): string {
    return pathOf(this.world.node, file);
  }

  /** Saves a file, in one of the ways of editors. */
  save(file: string, content: Content): Promise<void> {
    return save(this.pathOf(file), content, this.dice.pick<Way>(['renamed', 'inPlace', 'inPieces']));
  }

  /** Puts a file back to what the desk has, and waits until nothing is wrong any more, and all that is right in force. */
  async putBack(file: string): Promise<void> {
    await this.save(file, contentOn(this.desk, file));
    await this.allIsWell();
  }

  /** Waits until exactly what was written is in place: by default what is on the desk. */
  runsAsWritten(desk: Desk = this.desk): Promise<unknown> {
    return this.until('bird.conf is as it was written', async () => {
      if ((await this.world.birdConf()) === wantedText(this.world.node, desk)) return true;
      const { bird, problems } = await this.status();
      throw new Error(JSON.stringify({ change: bird.change, problems }));
    });
  }

  /** Waits until the daemon is content with everything. */
  allIsWell(): Promise<unknown> {
    return this.statusTells(
      'nothing is wrong',
      ({ problems, bird }) => problems.length === 0 && bird.change === null && bird.lastPublish?.ok === true,
    );
  }

  /** What is in force; its text must be one that BIRD would start with. */
  async inForce(): Promise<InForce> {
    const { node } = this.world;
    await run(['bird', '-p', '-c', node.path('bird', 'bird.conf')]);
    const lines = (await node.birdc('show protocols')).split('\n').slice(1);
    const protocols = lines.map((line) => line.split(/\s/)[0] ?? '').filter((name) => name !== '');
    return { text: await this.world.birdConf(), protocols };
  }

  /** Fails when something else is in force than before. */
  async expectInForce(before: InForce): Promise<void> {
    expect(await this.inForce(), 'the last good configuration is in force').toEqual(before);
  }

  /** What the status tells, but for the session with the router that is not there, whose fault that is. */
  async status(): Promise<StatusJson> {
    const status = await this.world.daemon.status();
    const isExpected = ({ code, message }: StatusJson['problems'][number]): boolean =>
      code === 'sessionDown' && message.includes(`with ${SILENT.address}:`);
    return { ...status, problems: status.problems.filter((problem) => !isExpected(problem)) };
  }

  /** Waits for what the status must tell; fails with what it told last. */
  statusTells(what: string, holds: (status: StatusJson) => boolean): Promise<StatusJson> {
    return this.until(what, async () => {
      const status = await this.status();
      if (!holds(status)) throw new Error(JSON.stringify({ problems: status.problems, bird: status.bird }));
      return status;
    });
  }

  until<T>(what: string, probe: () => Promise<T | false>): Promise<T> {
    return eventually(probe, what, VERDICT_MS);
  }

  /** The sessions with these routers may go down from now on. */
  permit(routers: readonly string[]): void {
    for (const router of routers) this.world.observer.permit(router);
  }

  /** Waits until these routers have everything again. From then on nothing of it may go. */
  async guard(routers: readonly string[]): Promise<void> {
    const { observer } = this.world;
    for (const router of routers) await observer.expect(router, SESSION_MS);
    await this.flipper.round();
    for (const router of routers) await observer.guard(router, SESSION_MS);
  }

  /** How often the sessions with these routers have gone down. */
  downs(routers: readonly string[]): number[] {
    return routers.map((router) => this.world.observer.session(router).downs);
  }

  /** The names in BIRD of the sessions with these routers, sorted. */
  sessionsWith(routers: readonly string[]): string[] {
    const addresses = ROUTERS.filter(({ router }) => routers.includes(router)).map(({ address }) => address);
    return this.desk.peers
      .filter(({ address }) => addresses.includes(String(address)))
      .map(({ name }) => name)
      .sort();
  }

  /** @throws Error when anything happened since the last call that must not. */
  judge(): void {
    this.flipper.judge();
    this.world.observer.look();
    expect(this.world.observer.offences.splice(0)).toEqual([]);
  }
}
