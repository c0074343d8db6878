import { FIRST_EDITION, withConfig, withTemplates } from '../../bird/publish/machine/edition.ts';
import { waitIsOver } from '../../bird/publish/machine/held-change.ts';
import { createAnnouncementsRenderer } from '../../bird/render/announcements.ts';
import { type ConfigRenderer, rendererOf } from '../../bird/render/render.ts';
import type { Locate } from '../../bird/templates/template-lines.ts';
import { readTemplates, type TemplateReading } from '../../bird/templates/templates.ts';
import type { PendingChange, Permission, PublishResult, PublishRules, RenderedFiles } from '../../bird/types.ts';
import { nextHopSentences } from '../../bird/view/missing-next-hops.ts';
import { isEstablished } from '../../bird-control/running.ts';
import type { Config } from '../../config/types.ts';
import { errorText, FlockError } from '../../errors.ts';
import { FAMILIES } from '../../model/address.ts';
import { formatPrefix } from '../../model/prefix.ts';
import type { Problem } from '../../model/problem.ts';
import type { EnginePorts, EngineState } from '../context.ts';
import type { WatchedProblems } from '../problem-store.ts';
import type { CodeOf } from '../problems.ts';
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

/** The text for BIRD, or why there is none. */
type Rendering =
  | { readonly text: string; readonly locate: Locate }
  | (Problem<'templateError'> & { readonly since: Date });

/** @param onAccepted called when BIRD has accepted a set that replaces another. */
export function createBirdOutput(
  ports: EnginePorts,
  state: EngineState,
  onAccepted: (before: Announced, after: Announced) => void,
): BirdOutput {
  const renderAnnouncements = createAnnouncementsRenderer();
  const problems = state.problems.of('publish');
  let announced: Announced = new Map();
  let lastResult: PublishResult | undefined;
  let due = true;
  let renderer: ConfigRenderer | undefined;
  let edition = FIRST_EDITION;
  let rendered: { readonly config: object; readonly facts: object; readonly outcome: Rendering } | undefined;

  /** The templates reported last; those of a folder that was not reported yet are read here. */
  function currentRenderer(folder: string): ConfigRenderer {
    const known = edition.templates;
    const templates = known?.folder === folder ? known : { folder, reading: readTemplates(folder) };
    edition = { ...edition, templates };
    if ('error' in templates.reading) throw templates.reading.error;
    return rendererOf(templates.reading.set);
  }

  function renderConfig(): Rendering {
    const { config, host } = state;
    if (rendered?.config === config && rendered.facts === host.facts) return rendered.outcome;
    edition = withConfig(
      edition,
      config,
      'error' in host.facts ? undefined : (host.facts.passwordStamps ?? []).join('\n'),
    );
    let outcome: Rendering;
    try {
      if ('error' in host.facts) throw new Error(host.facts.error);
      renderer ??= currentRenderer(config.bird.templates);
      const text = renderer.render({ config, facts: host.facts });
      outcome = { text, locate: renderer.locate };
    } catch (error) {
      const message = errorText(error);
      const known = rendered?.outcome;
      const same = known !== undefined && 'since' in known && known.message === message;
      if (!same) ports.log.warn({ code: 'templateError' }, message);
      outcome = { code: 'templateError', message, since: same ? known.since : ports.now() };
    }
    rendered = { config, facts: host.facts, outcome };
    return outcome;
  }

  async function publish(set: Announced): Promise<void> {
    const problem = await give(set);
    if (problem === undefined) problems.clear();
    else problems.set(problem.code, problem.message);
  }

  /** @returns what is wrong although the announcements are in force. */
  async function give(set: Announced): Promise<Problem<CodeOf<'publish'>> | undefined> {
    const announcements = renderAnnouncements(set.values());
    const config = renderConfig();
    const { number } = edition;
    lastResult = await ports.publisher.publish(
      'text' in config
        ? { config: config.text, locate: config.locate, announcements, rules: rulesOf(state.config), edition: number }
        : { config: undefined, announcements, edition: number },
    );
    // A configuration that is refused, or cannot be rendered, keeps no announcement from going out or being withdrawn.
    const inForce = lastResult.ok || ('announcementsInForce' in lastResult && lastResult.announcementsInForce === true);
    if (!lastResult.ok && !inForce) {
      due = true;
      const { code, message } = lastResult;
      // A text that could not be rendered is what has to be corrected first, whatever the result of the publish.
      const problem =
        'text' in config ? { code, message } : { code: config.code, message: `${config.message}; ${message}` };
      problems.set(problem.code, problem.message);
      throw new PassStopped(`${problem.code}: ${problem.message}`);
    }
    const before = announced;
    announced = set;
    due = false;
    onAccepted(before, set);
    if (!lastResult.ok) return { code: lastResult.code, message: lastResult.message };
    return 'text' in config ? undefined : { code: config.code, message: config.message };
  }

  async function publishIfDue(set: Announced): Promise<void> {
    const { config, host } = state;
    if (due || rendered?.config !== config || rendered.facts !== host.facts || waitEnded()) await publish(set);
  }

  /**
   * Whether a change waits for sessions that have gone down by themselves. Nothing is known of a BIRD that does not
   * answer.
   */
  function waitEnded(): boolean {
    const { change } = ports.publisher;
    if (change === undefined || !ports.control.connected) return false;
    return waitIsOver(change, new Set(state.peers.filter(isEstablished).map(({ name }) => name)));
  }

  function pendingChange(): PendingChange | undefined {
    const outcome = rendered?.outcome;
    if (outcome === undefined || 'text' in outcome) return ports.publisher.change;
    return { state: 'refused', since: outcome.since, message: outcome.message, resets: [] };
  }

  function nextHopProblems(): Problem<'nextHopMissing'>[] {
    const { facts } = state.host;
    const outcome = rendered?.outcome;
    if ('error' in facts || outcome === undefined || !('text' in outcome)) return [];
    const sentences = nextHopSentences(facts.missingNextHops ?? [], outcome.text);
    return sentences.map((message) => ({ code: 'nextHopMissing', message }));
  }

  return {
    get announced() {
      return announced;
    },
    get lastResult() {
      return lastResult;
    },
    publish,
    publishIfDue,
    render(set) {
      const config = renderConfig();
      if (!('text' in config)) throw new FlockError('configurationInvalid', config.message);
      return { config: config.text, announcements: renderAnnouncements(set.values()) };
    },
    useTemplates(folder, reading) {
      edition = withTemplates(edition, { folder, reading });
      renderer = undefined;
      rendered = undefined;
    },
    get text() {
      const outcome = rendered?.outcome;
      return outcome !== undefined && 'text' in outcome ? outcome.text : undefined;
    },
    get problems() {
      const keptEdits = ports.publisher.keptEdits.map((message) => ({ code: 'fileEdited' as const, message }));
      return { birdText: nextHopProblems(), keptEdits };
    },
    get change() {
      return pendingChange();
    },
    permit(permission) {
      const isServed = ports.publisher.permit(permission);
      due ||= isServed;
      return isServed;
    },
    doubt() {
      due = true;
    },
    forget() {
      due = true;
      renderer = undefined;
      rendered = undefined;
      ports.publisher.forget();
    },
  };
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
