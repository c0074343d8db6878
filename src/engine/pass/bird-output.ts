import { waitIsOver } from '../../bird/publish/machine/held-change.ts';
import { createAnnouncementsRenderer } from '../../bird/render/announcements.ts';
import type { TemplateReading } from '../../bird/templates/templates.ts';
import type { PendingChange, Permission, PublishResult, PublishRules, RenderedFiles } from '../../bird/types.ts';
import { nextHopSentences } from '../../bird/view/missing-next-hops.ts';
import { isEstablished } from '../../bird-control/running.ts';
import type { Config } from '../../config/types.ts';
import { FlockError } from '../../errors.ts';
import { FAMILIES } from '../../model/address.ts';
import { formatPrefix } from '../../model/prefix.ts';
import type { Problem } from '../../model/problem.ts';
import type { EnginePorts, EngineState } from '../context.ts';
import type { OwnProblems, WatchedProblems } from '../problem-store.ts';
import type { CodeOf } from '../problems.ts';
import { ConfigTexts } from './config-text.ts';
import { PassStopped } from './loop.ts';
import type { Announced } from './order.ts';

/** BIRD as the passes see it: a set of announcements that it has or has not accepted. */
export interface BirdOutput {
  /** What BIRD has accepted last. Kept while BIRD does not answer: it may still have it. */
  readonly announced: Announced;
  readonly lastResult: PublishResult | undefined;
  /**
   * Gives BIRD exactly this set.
   * @throws PassStopped when BIRD has not accepted it, so that nothing after it happens.
   */
  publish(set: Announced): Promise<void>;
  /** Publishes when the configuration changed, or BIRD has not been given this set since it came up. */
  publishIfDue(set: Announced): Promise<void>;
  /** The files as they would be written now. @throws FlockError when a template cannot be rendered. */
  render(set: Announced): RenderedFiles;
  /** Renders with these templates from now on. */
  useTemplates(folder: string, reading: TemplateReading): void;
  /** The text of BIRD's configuration that is wanted; undefined where none can be rendered. */
  readonly text: string | undefined;
  /** What is wrong with what BIRD is wanted to do, besides what it says itself. */
  readonly problems: Pick<WatchedProblems, 'birdText' | 'keptEdits'>;
  /** A change of the configuration that is not in force for good. */
  readonly change: PendingChange | undefined;
  /**
   * What was refused, undone or waits is tried with the next publish, and may do this.
   * @returns false where there is nothing.
   */
  permit(permission: Permission): boolean;
  /** The next pass publishes: what the publisher has in force may not be what is wanted. */
  doubt(): void;
  forget(): void;
}

/** @param onAccepted called when BIRD has accepted a set that replaces another. */
export function createBirdOutput(
  ports: EnginePorts,
  state: EngineState,
  onAccepted: (before: Announced, after: Announced) => void,
): BirdOutput {
  return new PublishedOutput(ports, state, onAccepted);
}

class PublishedOutput implements BirdOutput {
  readonly #ports: EnginePorts;
  readonly #state: EngineState;
  readonly #onAccepted: (before: Announced, after: Announced) => void;
  readonly #renderAnnouncements = createAnnouncementsRenderer();
  readonly #texts: ConfigTexts;
  readonly #problems: OwnProblems<CodeOf<'publish'>>;
  #announced: Announced = new Map();
  #lastResult: PublishResult | undefined;
  #due = true;

  constructor(ports: EnginePorts, state: EngineState, onAccepted: (before: Announced, after: Announced) => void) {
    this.#ports = ports;
    this.#state = state;
    this.#onAccepted = onAccepted;
    this.#texts = new ConfigTexts(ports, state);
    this.#problems = state.problems.of('publish');
  }

  get announced(): Announced {
    return this.#announced;
  }

  get lastResult(): PublishResult | undefined {
    return this.#lastResult;
  }

  async publish(set: Announced): Promise<void> {
    const problem = await this.#give(set);
    if (problem === undefined) this.#problems.clear();
    else this.#problems.set(problem.code, problem.message);
  }

  async publishIfDue(set: Announced): Promise<void> {
    if (this.#due || !this.#texts.isCurrent || this.#waitEnded()) await this.publish(set);
  }

  render(set: Announced): RenderedFiles {
    const config = this.#texts.render();
    if (!('text' in config)) throw new FlockError('configurationInvalid', config.message);
    return { config: config.text, announcements: this.#renderAnnouncements(set.values()) };
  }

  useTemplates(folder: string, reading: TemplateReading): void {
    this.#texts.useTemplates(folder, reading);
  }

  get text(): string | undefined {
    const { last } = this.#texts;
    return last !== undefined && 'text' in last ? last.text : undefined;
  }

  get problems(): Pick<WatchedProblems, 'birdText' | 'keptEdits'> {
    const keptEdits = this.#ports.publisher.keptEdits.map((message) => ({ code: 'fileEdited' as const, message }));
    return { birdText: this.#nextHopProblems(), keptEdits };
  }

  get change(): PendingChange | undefined {
    const { last } = this.#texts;
    if (last === undefined || 'text' in last) return this.#ports.publisher.change;
    return { state: 'refused', since: last.since, message: last.message, resets: [] };
  }

  permit(permission: Permission): boolean {
    const isServed = this.#ports.publisher.permit(permission);
    this.#due ||= isServed;
    return isServed;
  }

  doubt(): void {
    this.#due = true;
  }

  forget(): void {
    this.#due = true;
    this.#texts.forget();
    this.#ports.publisher.forget();
  }

  /** @returns what is wrong although the announcements are in force. */
  async #give(set: Announced): Promise<Problem<CodeOf<'publish'>> | undefined> {
    const announcements = this.#renderAnnouncements(set.values());
    const config = this.#texts.render();
    const { edition } = this.#texts;
    const rules = rulesOf(this.#state.config);
    const result = await this.#ports.publisher.publish(
      'text' in config
        ? { config: config.text, locate: config.locate, announcements, rules, edition }
        : { config: undefined, announcements, edition },
    );
    this.#lastResult = result;
    // A configuration that is refused, or cannot be rendered, keeps no announcement from going out or being withdrawn.
    const inForce = result.ok || ('announcementsInForce' in result && result.announcementsInForce === true);
    if (!result.ok && !inForce) {
      this.#due = true;
      const { code, message } = result;
      // A text that could not be rendered has to be corrected first, whatever else failed.
      const problem =
        'text' in config ? { code, message } : { code: config.code, message: `${config.message}; ${message}` };
      this.#problems.set(problem.code, problem.message);
      throw new PassStopped(`${problem.code}: ${problem.message}`);
    }
    const before = this.#announced;
    this.#announced = set;
    this.#due = false;
    this.#onAccepted(before, set);
    if (!result.ok) return { code: result.code, message: result.message };
    return 'text' in config ? undefined : { code: config.code, message: config.message };
  }

  /** Whether a change waits for sessions that have gone down by themselves. Of a BIRD that is away nothing is known. */
  #waitEnded(): boolean {
    const { change } = this.#ports.publisher;
    if (change === undefined || !this.#ports.control.connected) return false;
    return waitIsOver(change, new Set(this.#state.peers.filter(isEstablished).map(({ name }) => name)));
  }

  #nextHopProblems(): Problem<'nextHopMissing'>[] {
    const { facts } = this.#state.host;
    const { last } = this.#texts;
    if ('error' in facts || last === undefined || !('text' in last)) return [];
    const sentences = nextHopSentences(facts.missingNextHops ?? [], last.text);
    return sentences.map((message) => ({ code: 'nextHopMissing', message }));
  }
}

/** What the publisher needs from the configuration besides its text. */
function rulesOf({ bird, bgp, pools }: Config): PublishRules {
  const { allowSessionReset, confirmTimeout } = bird;
  // Without a peer the sessions are the operator's, and may carry both.
  const carried = bgp.peers.length === 0 ? FAMILIES : bgp.peers.flatMap(({ families }) => families);
  return {
    ...{ allowSessionReset, confirmTimeout },
    neighbors: bgp.peers.map(({ address }) => address),
    summaries: [pools.ip4, pools.ip6]
      .filter((pool) => pool !== undefined)
      .filter(({ family }) => carried.includes(family))
      .map(formatPrefix),
  };
}
