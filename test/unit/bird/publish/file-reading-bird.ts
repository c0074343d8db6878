import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  type BirdControl,
  BirdError,
  type BirdErrorKind,
  type BirdFileError,
  type BirdRoute,
  type BirdStatus,
  type ConfigureOutcome,
  type ConfigureStatus,
  type ProtocolStatus,
  type RouteQuery,
} from '../../../../src/bird-control/types.ts';

/** A session of the fake: a `protocol bgp NAME { … neighbor ADDRESS as … }` of its running text. */
export interface FakeSession {
  readonly name: string;
  readonly neighbor: string;
}

/**
 * A BIRD with state: it reads its file and what that includes, refuses texts with the word BROKEN, runs what it has
 * accepted, undoes what is not confirmed when it is told to, and fails on a second command while one runs. Every
 * `route` of its text is told to every session that is up, unless the text says `export none`.
 */
export class FileReadingBird implements BirdControl {
  /** Every command, in order. */
  readonly commands: string[] = [];
  /** The text of all files that are in force. */
  running = '';
  /** Makes every command fail so. */
  failure: BirdErrorKind | undefined;
  /** Answer of the next `configure` in place of the true one; the text is then not taken up. */
  nextOutcome: ConfigureOutcome | undefined;
  /** Called in the middle of each command. */
  during: (command: string) => void = () => {};
  /** Whether a session is up; asked at every look. By default none is. */
  isUp: (session: FakeSession) => boolean = () => false;
  /** Routes that it has from elsewhere. */
  others: readonly BirdRoute[] = [];
  /** Whether somebody else has reconfigured it. */
  displaced = false;
  /** What an undo goes back to; undefined after a start. */
  #before: string | undefined;
  /** Whether BIRD's timer runs. */
  timer = false;
  readonly version = '2.0.12';
  readonly connected = true;
  readonly #config: string;
  #busy = false;

  /** @param config path of the file that it was started with. */
  constructor(config: string) {
    this.#config = config;
  }

  configureCheck(file: string): Promise<{ ok: true } | { ok: false; error: BirdFileError }> {
    return this.#command(`check ${file}`, () => {
      const read = readAll(file);
      return 'error' in read ? { ok: false, error: read.error } : { ok: true };
    });
  }

  configure(options: Parameters<BirdControl['configure']>[0] = {}): Promise<ConfigureOutcome> {
    const { file, soft, undoAfterSeconds } = options;
    const words = ['configure', soft && 'soft', file && 'candidate', undoAfterSeconds && `timeout ${undoAfterSeconds}`];
    return this.#command(words.filter(Boolean).join(' '), () => {
      const answer = this.nextOutcome;
      this.nextOutcome = undefined;
      if (answer !== undefined) return answer;
      if (file === undefined) this.displaced = false;
      const read = readAll(file ?? this.#config);
      this.timer = false;
      if ('error' in read) {
        this.#before = undefined;
        return { outcome: 'refused', error: read.error };
      }
      this.#before = this.running;
      this.running = read.text;
      this.timer = undoAfterSeconds !== undefined;
      return { outcome: 'applied' };
    });
  }

  confirm(): Promise<'confirmed' | 'nothingToDo'> {
    return this.#command('confirm', () => {
      const running = this.timer;
      this.timer = false;
      return running ? 'confirmed' : 'nothingToDo';
    });
  }

  undo(): Promise<ConfigureOutcome> {
    return this.#command('undo', () => {
      if (this.#before === undefined) return { outcome: 'nothingToDo' };
      this.running = this.#before;
      this.#before = undefined;
      this.timer = false;
      return { outcome: 'applied' };
    });
  }

  configureStatus(): Promise<ConfigureStatus> {
    return this.#command('configure status', () => ({
      state: 'idle',
      undoInSeconds: this.timer ? 7 : undefined,
    }));
  }

  /** Begins anew on what lies on the disk, as a BIRD that crashed and was started again. */
  restart(): void {
    const read = readAll(this.#config);
    this.running = 'text' in read ? read.text : '';
    this.#before = undefined;
    this.timer = false;
  }

  #sessions(): FakeSession[] {
    return [...this.running.matchAll(/^protocol bgp (\w+) \{[^}]*?neighbor (\S+) /gm)].map(
      ([, name = '', neighbor = '']) => ({ name, neighbor }),
    );
  }

  showProtocols(): Promise<ProtocolStatus[]> {
    return this.#command('show protocols', () => {
      const statics = [...this.running.matchAll(/^protocol static (\w+)/gm)].map(([, name = '']) => name);
      const common = { table: undefined, since: '', channels: [] };
      return [
        ...statics.map((name) => ({ ...common, name, type: 'Static', state: 'up', info: '', bgp: undefined })),
        ...this.#sessions().map((session) => bgpStatus(session, this.isUp(session))),
      ];
    });
  }

  showRoutes(query: RouteQuery): Promise<BirdRoute[]> {
    return this.#command(`show route${query.network === undefined ? '' : ` ${query.network}`}`, () =>
      this.#routes(query),
    );
  }

  countRoutes(query: RouteQuery): Promise<number> {
    return this.#command('show route count', () => this.#routes(query).length);
  }

  #routes({ exportedTo, network, protocol }: RouteQuery): BirdRoute[] {
    const ours = [...this.running.matchAll(/^\s*route (\S+) (?:via|blackhole)/gm)].map(([, to = '']) => route(to));
    const told = exportedTo !== undefined && this.running.includes('export none') ? [] : ours;
    return [...told, ...(exportedTo === undefined ? this.others : [])].filter(
      (one) =>
        (network === undefined || network === one.network) && (protocol === undefined || protocol === one.protocol),
    );
  }

  showStatus(): Promise<BirdStatus> {
    return this.#command('show status', () => ({
      ...{ version: this.version, routerId: undefined, currentTime: undefined, lastReboot: undefined },
      ...{ lastReconfiguration: undefined, state: 'running' },
    }));
  }

  connect = () => this.#unexpected('connect');
  onConnection = () => () => {};
  close(): void {}

  async #command<T>(command: string, answer: () => T): Promise<T> {
    if (this.#busy) throw new Error(`fake BIRD: ${command} while another command runs`);
    this.#busy = true;
    this.commands.push(command);
    try {
      await new Promise((resolve) => setImmediate(resolve));
      this.during(command);
    } finally {
      this.#busy = false;
    }
    if (this.failure !== undefined) throw new BirdError(this.failure, `fake BIRD: ${this.failure}`);
    return answer();
  }

  #unexpected(command: string): Promise<never> {
    return Promise.reject(new Error(`fake BIRD: nobody was to send ${command}`));
  }
}

function bgpStatus({ name, neighbor }: FakeSession, up: boolean): ProtocolStatus {
  const channel = { state: 'UP', table: 'master4', imported: 0, filtered: 0, exported: 0, preferred: 0 };
  const filters = { importFilter: undefined, exportFilter: undefined };
  return {
    ...{ name, type: 'BGP', table: undefined, since: '' },
    state: up ? 'up' : 'start',
    info: up ? 'Established' : 'Active        Socket: Connection refused',
    bgp: {
      state: up ? 'Established' : 'Active',
      neighborAddress: neighbor,
      ...{ neighborAs: 64600, sourceAddress: undefined, lastError: undefined, holdTimer: undefined },
    },
    channels: up ? ['ipv4', 'ipv6'].map((family) => ({ name: family, ...channel, ...filters })) : [],
  };
}

/** A route of a static protocol, or of another one. */
export function route(network: string, protocol = `flock_announce${network.includes(':') ? 6 : 4}`): BirdRoute {
  return {
    ...{ network, type: 'unicast', protocol, primary: true, preference: 200, nextHops: [] },
    attributes: new Map(),
  };
}

/** A file and its includes as one text, or what is wrong with it. */
function readAll(file: string): { text: string } | { error: BirdFileError } {
  const fault = (path: string, message: string, line?: number) => ({ error: { file: path, line, column: 1, message } });
  if (!existsSync(file)) return fault(file, 'No such file or directory');
  let all = '';
  for (const [index, line] of readFileSync(file, 'utf8').split('\n').entries()) {
    const included = /^include "(.*)";$/.exec(line)?.[1];
    if (line.includes('BROKEN')) return fault(file, 'syntax error', index + 1);
    if (included === undefined) {
      all += `${line}\n`;
      continue;
    }
    const read = readAll(included.startsWith('/') ? included : join(dirname(file), included));
    if ('error' in read) return read;
    all += read.text;
  }
  return { text: all };
}
