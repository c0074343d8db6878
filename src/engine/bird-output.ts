import { createAnnouncementsRenderer } from '../bird/announcements.ts';
import { type ConfigRenderer, rendererOf } from '../bird/render.ts';
import type { Locate } from '../bird/templates/template-lines.ts';
import { readTemplates, type TemplateReading } from '../bird/templates/templates.ts';
import type { PublishResult, RenderedFiles } from '../bird/types.ts';
import { errorText, FlockError } from '../errors.ts';
import type { EnginePorts, EngineState, Problem } from './context.ts';
import type { Announced } from './order.ts';

/** BIRD as the passes see it: a set of announcements that it has or has not accepted. */
export interface BirdOutput {
  /** What BIRD has accepted last. Kept while BIRD is away: then it may still have it. */
  readonly announced: Announced;
  readonly lastResult: PublishResult | undefined;
  /** Gives BIRD exactly this set. @throws Error when BIRD has not accepted it, so that nothing behind it happens. */
  publish(set: Announced): Promise<void>;
  /** Publishes when the configuration changed, or BIRD has not heard of this set since it came up. */
  publishIfDue(set: Announced): Promise<void>;
  /** The files as they would be written now. @throws FlockError when a template cannot be rendered. */
  render(set: Announced): RenderedFiles;
  /** Renders with these templates from now on. */
  useTemplates(folder: string, reading: TemplateReading): void;
  forget(): void;
}

/** The text for BIRD, or why there is none. */
type Rendering = { readonly text: string; readonly locate: Locate } | Problem;

export function createBirdOutput(ports: EnginePorts, state: EngineState): BirdOutput {
  const renderAnnouncements = createAnnouncementsRenderer();
  let announced: Announced = new Map();
  let lastResult: PublishResult | undefined;
  let due = true;
  let renderer: ConfigRenderer | undefined;
  let templates: { readonly folder: string; readonly reading: TemplateReading } | undefined;
  let rendered: { readonly config: object; readonly facts: object; readonly outcome: Rendering } | undefined;

  /** The templates last told of; those of a folder that nobody has told of are read here. */
  function currentRenderer(folder: string): ConfigRenderer {
    if (templates?.folder !== folder) templates = { folder, reading: readTemplates(folder) };
    if ('error' in templates.reading) throw templates.reading.error;
    return rendererOf(templates.reading.set);
  }

  function renderConfig(): Rendering {
    const { config, host } = state;
    if (rendered?.config === config && rendered.facts === host.facts) return rendered.outcome;
    let outcome: Rendering;
    try {
      if ('error' in host.facts) throw new Error(host.facts.error);
      renderer ??= currentRenderer(config.bird.templates);
      const text = renderer.render({ config, facts: host.facts });
      outcome = { text, locate: renderer.locate };
    } catch (error) {
      outcome = { code: 'templateError', message: errorText(error) };
    }
    rendered = { config, facts: host.facts, outcome };
    return outcome;
  }

  async function publish(set: Announced): Promise<void> {
    const problem = await give(set);
    if (problem === undefined) state.problems.delete('publish');
    else state.problems.set('publish', problem);
  }

  /** @returns what is wrong although the announcements are in force. */
  async function give(set: Announced): Promise<Problem | undefined> {
    const announcements = renderAnnouncements(set.values());
    const config = renderConfig();
    lastResult = await ports.publisher.publish(
      'text' in config
        ? { config: config.text, locate: config.locate, announcements }
        : { config: undefined, announcements },
    );
    // A configuration that is refused, or cannot be rendered, keeps no announcement from going out or being withdrawn.
    const inForce = lastResult.ok || ('announcementsInForce' in lastResult && lastResult.announcementsInForce === true);
    if (!lastResult.ok && !inForce) {
      due = true;
      const { code, message } = lastResult;
      // A text that could not be rendered is what has to be mended first, whatever came of it.
      const problem = 'text' in config ? { code, message } : { ...config, message: `${config.message}; ${message}` };
      state.problems.set('publish', problem);
      throw new Error(`${problem.code}: ${problem.message}`);
    }
    announced = set;
    due = false;
    if (!lastResult.ok) return { code: lastResult.code, message: lastResult.message };
    return 'text' in config ? undefined : config;
  }

  async function publishIfDue(set: Announced): Promise<void> {
    const { config, host } = state;
    if (due || rendered?.config !== config || rendered.facts !== host.facts) await publish(set);
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
      templates = { folder, reading };
      renderer = undefined;
      rendered = undefined;
    },
    forget() {
      due = true;
      renderer = undefined;
      rendered = undefined;
      ports.publisher.forget();
    },
  };
}
