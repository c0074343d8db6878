import { publishPaths } from '../../../../src/bird/files/paths.ts';
import type { Finding } from '../../../../src/bird/measure/comparison.ts';
import type { Loss } from '../../../../src/bird/measure/losses.ts';
import type { NamedNeighbors } from '../../../../src/bird/measure/neighbors.ts';
import { FILE_HEADER } from '../../../../src/bird/names.ts';
import {
  type Answer,
  type Effect,
  type Event,
  type Failure,
  isNotice,
  isOrder,
  type Question,
  type Request,
} from '../../../../src/bird/publish/machine/effects.ts';
import { advance, initialState } from '../../../../src/bird/publish/machine.ts';
import type { Permission, PublishResult, PublishRules } from '../../../../src/bird/types.ts';
import type { Preview } from '../../../../src/bird-language/compare/types.ts';

const NEIGHBOR = '10.0.0.254';
const TOR1 = { protocol: 'tor1', neighbor: NEIGHBOR };
const NOTHING: Preview = {
  ...{ resets: [], begins: [], ends: [], refeeds: [], protocols: [], announced: [], withdrawn: [] },
};
const RULES: PublishRules = {
  ...{ allowSessionReset: false, confirmTimeout: 30, neighbors: [NEIGHBOR], summaries: [] },
};

/** What a text does, by words in its name. */
const DOES = {
  refused: 'BROKEN',
  resets: 'resets',
  cuts: 'cuts',
  filters: 'filters',
  loses: 'loses',
  kills: 'kills',
} as const;

/** A `bird.conf` that does what its name says. */
export function textOf(name: string): string {
  return `${FILE_HEADER}\n# ${name}\n`;
}

export function nameOf(text: string): string {
  return text.split('\n')[1]?.slice(2) ?? '';
}

function has(name: string, what: keyof typeof DOES): boolean {
  return name.includes(DOES[what]);
}

/** A publish in words. */
export interface Wanted {
  readonly announce?: string;
  readonly edition?: number;
  readonly rules?: Partial<PublishRules>;
}

/**
 * Plays disk, BIRD and time for the machine, without any of them: each question is answered at once, and everything that
 * happens is noted as a sentence. A text is in place, `tor1` is up, and nothing fails unless a test says so.
 */
export class MachineWorld {
  state = initialState(publishPaths('/etc/bird/bird.conf'));
  ms = 0;
  /** Names of the texts that lie in place and beside it. */
  place: string | undefined = 'one';
  previous: string | undefined;
  isUp = true;
  isBirdThere = true;
  isDisplaced = false;
  /** Files that others have written. */
  edited = { config: false, announcements: false };
  /** A trial that an earlier flockd has left; what it has undone. */
  interrupted = false;
  undone: string | undefined;
  /** Questions that the disk refuses to answer. */
  readonly refusing = new Set<Question['kind']>();
  /** Called before each question is answered. */
  meanwhile: (question: Question) => void = () => {};
  /** Called with each effect. */
  onEffect: (effect: Effect) => void = () => {};
  answers: PublishResult[] = [];
  wakeAt: number | undefined;
  #sentences: string[] = [];
  #writes = 0;

  /** Puts a text in force as the start of a test. */
  begin(name = 'one'): this {
    this.publish(name);
    this.#sentences = [];
    return this;
  }

  publish(name: string | undefined, { announce = 'a', edition, rules }: Wanted = {}): string[] {
    const config = name === undefined ? undefined : textOf(name);
    const files = {
      ...{ config, announcements: announce, rules: { ...RULES, ...rules } },
      ...(edition === undefined ? {} : { edition }),
    };
    return this.send({ kind: 'publish', files, mainStamp: undefined });
  }

  permit(permission: Partial<Permission> = {}): string[] {
    return this.send({ kind: 'permit', permission: { reset: false, withdraw: false, ...permission } });
  }

  /** Lets time pass, with everything that is due in it. */
  wait(milliseconds: number): string[] {
    const until = this.ms + milliseconds;
    const said: string[] = [];
    while (this.wakeAt !== undefined && this.wakeAt <= until) {
      this.ms = this.wakeAt;
      this.wakeAt = undefined;
      said.push(...this.send({ kind: 'wake' }));
    }
    this.ms = until;
    return said;
  }

  /** @returns what happens, in sentences. */
  send(request: Request): string[] {
    const events: Event[] = [request];
    for (let event = events.shift(); event !== undefined; event = events.shift()) {
      const { state, effects } = advance(this.state, event, { date: new Date(this.ms), ms: this.ms });
      this.state = state;
      for (const effect of effects) {
        this.onEffect(effect);
        this.#sentences.push(...this.#sentence(effect));
        if (isNotice(effect)) {
          if (effect.kind === 'wake') this.wakeAt = this.ms + effect.afterMs;
          if (effect.kind === 'answer') this.answers.push(effect.result);
        } else if (!isOrder(effect)) {
          this.meanwhile(effect);
          events.push(this.#reply(effect));
        }
      }
    }
    return this.#sentences.splice(0);
  }

  /** What comes while a question waits for its answer. */
  interrupt(request: Extract<Request, { readonly kind: 'permit' | 'birdChanged' | 'closing' }>): void {
    this.state = advance(this.state, request, { date: new Date(this.ms), ms: this.ms }).state;
  }

  get #stamps() {
    return { main: undefined, ours: `${this.place} ${this.#writes}` };
  }

  get #neighbors(): NamedNeighbors {
    const exports = new Set(this.isUp ? ['192.0.2.1/32'] : []);
    const neighbor = { sessions: ['tor1'], established: this.isUp, state: '', families: new Set(['ipv4']), exports };
    return new Map([[NEIGHBOR, neighbor]]);
  }

  #put(name: string | undefined): void {
    this.place = name;
    this.#writes += 1;
  }

  #reply(question: Question): Answer | Failure {
    const during = question.kind;
    if (this.refusing.has(during)) {
      return { kind: 'diskRefused', during, error: undefined, message: 'no space left on device' };
    }
    if (!this.isBirdThere && ['readNeighbors', 'dryRun', 'confirm', 'reconfigure'].includes(during)) {
      return { kind: 'birdFailed', during, message: 'BIRD is away' };
    }
    return this.#answer(question);
  }

  #answer(question: Question): Answer {
    switch (question.kind) {
      case 'findEdits':
        return { kind: 'editsFound', edited: this.edited };
      case 'askBird':
        return { kind: 'birdAsked', answers: this.isBirdThere, displaced: this.isDisplaced };
      case 'keepEdits':
        this.#put(this.place);
        this.edited = { config: false, announcements: false };
        return { kind: 'editsKept', left: question.leave, ours: this.#stamps.ours, config: textOf(this.place ?? '') };
      case 'recover':
        return {
          kind: 'recovered',
          takenBack: this.interrupted,
          before: this.interrupted ? this.#neighbors : undefined,
        };
      case 'readUndone':
        return {
          kind: 'undoneRead',
          undone: this.undone === undefined ? undefined : { config: textOf(this.undone), message: 'undone earlier' },
        };
      case 'readPlace': {
        const text = this.place === undefined ? undefined : textOf(this.place);
        const previous = question.previous && this.previous !== undefined ? textOf(this.previous) : undefined;
        return { kind: 'placeRead', stamps: this.#stamps, main: undefined, text, previous, fault: undefined };
      }
      case 'publishAnnouncements':
        this.#put(this.place);
        return { kind: 'announced', applied: this.#applied(), stamps: this.#stamps };
      case 'giveElsewhere':
        return { kind: 'givenElsewhere', files: question.files, refusal: '', readsOurs: true };
      case 'askSessions':
        return { kind: 'sessionsTold', up: this.isBirdThere ? new Set(this.isUp ? ['tor1'] : []) : undefined };
      default:
        return this.#changeAnswer(question);
    }
  }

  #changeAnswer(question: Question): Answer {
    switch (question.kind) {
      case 'judge':
        return { kind: 'judged', verdict: this.#verdict(nameOf(question.files.config)), origin: '', unread: undefined };
      case 'readNeighbors':
        return { kind: 'neighborsRead', neighbors: this.#neighbors };
      case 'preview':
        return { kind: 'previewed', preview: this.#preview(this.#judged) };
      case 'dryRun':
        return { kind: 'dryRunEnded', losses: this.#losses(this.#judged) };
      case 'putInPlace':
        this.previous = this.place;
        this.#put(nameOf(question.files.config));
        return {
          kind: 'putInPlace',
          applied: question.after.tell === 'nothing' ? undefined : this.#applied(),
          keptForeign: undefined,
          stamps: this.#stamps,
        };
      case 'compare':
        return { kind: 'compared', finding: this.#finding() };
      case 'confirm':
        return { kind: this.isDisplaced ? 'displaced' : 'confirmed' };
      case 'reconfigure':
        this.isDisplaced = false;
        return { kind: 'reconfigured', applied: true, said: 'applied' };
      case 'takeBack':
        this.#put(this.previous);
        return { kind: 'takenBack', said: '' };
      case 'removeNote':
        return { kind: 'noteRemoved' };
      default:
        throw new Error(`no answer to ${question.kind}`);
    }
  }

  get #judged(): string {
    const { turn } = this.state;
    return turn?.of === 'publish' ? nameOf(turn.change?.config ?? '') : '';
  }

  #applied() {
    return this.isBirdThere
      ? ({ outcome: 'inForce' } as const)
      : ({ outcome: 'unavailable', why: 'silent', message: 'BIRD is away' } as const);
  }

  #verdict(name: string) {
    if (has(name, 'refused')) return { verdict: 'refused', message: 'syntax error' } as const;
    return this.isBirdThere
      ? ({ verdict: 'accepted', by: 'bird' } as const)
      : ({ verdict: 'accepted', by: 'bird -p', absence: 'BIRD is away' } as const);
  }

  #preview(name: string): Preview {
    const refeed = { protocol: 'tor1', channel: 'ipv4', direction: 'export', reasons: ['export filter'] } as const;
    return {
      ...NOTHING,
      resets: has(name, 'resets') || has(name, 'kills') ? [{ ...TOR1, reasons: ['hold time 30 → 60'] }] : [],
      ends: has(name, 'cuts') ? [TOR1] : [],
      refeeds: has(name, 'filters') ? [refeed] : [],
    };
  }

  #losses(name: string): Loss[] {
    return has(name, 'loses') ? [{ neighbor: NEIGHBOR, sessions: ['tor1'], networks: ['192.0.2.1/32'] }] : [];
  }

  #finding(): Finding {
    const name = this.place ?? '';
    const { trial } = this.state;
    if (!this.isBirdThere) return { finding: 'missing', message: 'BIRD is away' };
    if (has(name, 'kills') || !this.isUp) return { finding: 'missing', message: 'the session is not up' };
    const isLost = has(name, 'loses') && trial?.yardstick.mayWithdraw !== true;
    return isLost ? { finding: 'lost', message: 'a route is lost' } : { finding: 'good' };
  }

  #sentence(effect: Effect): string[] {
    switch (effect.kind) {
      case 'keepEdits':
        return [effect.leave ? 'keep the edit and leave it' : 'keep the edit and put ours back'];
      case 'publishAnnouncements':
        return [`announce ${effect.text}${effect.before === undefined ? ', and see that BIRD reads it' : ''}`];
      case 'giveElsewhere':
        return [`give ${nameOf(effect.files.config)} with ${effect.files.announcements} from another place`];
      case 'judge':
        return [`judge ${nameOf(effect.files.config)}`];
      case 'putInPlace':
        return [`put ${nameOf(effect.files.config)} in place, ${TELLS[effect.after.tell]}`];
      case 'takeBack':
        return [`take back${effect.hasTimer ? ' by BIRD' : ''}`];
      case 'keepRefused':
        return [`keep ${nameOf(effect.files.config)} as ${effect.state}`];
      case 'answer':
        return [effect.result.ok ? 'answer ok' : `answer ${effect.result.code}`];
      case 'wake':
        return [`wake in ${effect.afterMs} ms`];
      default:
        return WORDS[effect.kind] === undefined ? [] : [WORDS[effect.kind] ?? ''];
    }
  }
}

const TELLS = {
  nothing: 'BIRD is not told',
  configure: 'configure',
  configureTimeout: 'configure under a timer',
};

/** What stands in a sentence for an effect; those that are missing are of no interest. */
const WORDS: { readonly [K in Effect['kind']]?: string } = {
  dryRun: 'run dry',
  compare: 'compare',
  confirm: 'confirm',
  reconfigure: 'configure again',
  removeNote: 'remove the note',
  publishAgain: 'ask for a publish',
  askSessions: 'ask whether its sessions are up',
  recover: 'take back what a crash has left',
};
