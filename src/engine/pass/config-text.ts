import { FIRST_EDITION, withConfig, withTemplates } from '../../bird/publish/machine/edition.ts';
import { type ConfigRenderer, rendererOf } from '../../bird/render/render.ts';
import type { Locate } from '../../bird/templates/template-lines.ts';
import { readTemplates, type TemplateReading } from '../../bird/templates/templates.ts';
import { errorText } from '../../errors.ts';
import type { Problem } from '../../model/problem.ts';
import type { EnginePorts, EngineState } from '../context.ts';

/** The text of `bird.conf`, or why there is none. */
type ConfigText =
  | { readonly text: string; readonly locate: Locate }
  | (Problem<'templateError'> & { readonly since: Date });

/** Renders `bird.conf` from the configuration, the templates and the facts of the host. */
export class ConfigTexts {
  readonly #ports: Pick<EnginePorts, 'log' | 'now'>;
  readonly #state: EngineState;
  #renderer: ConfigRenderer | undefined;
  #edition = FIRST_EDITION;
  #last: { readonly config: object; readonly facts: object; readonly outcome: ConfigText } | undefined;

  constructor(ports: Pick<EnginePorts, 'log' | 'now'>, state: EngineState) {
    this.#ports = ports;
    this.#state = state;
  }

  /** The last text; undefined before the first. */
  get last(): ConfigText | undefined {
    return this.#last?.outcome;
  }

  /** Number of the edit of `flock.yaml`, a template or a password file that the last text belongs to. */
  get edition(): number {
    return this.#edition.number;
  }

  /** Whether neither the configuration nor the host has changed since the last text. */
  get isCurrent(): boolean {
    return this.#last?.config === this.#state.config && this.#last.facts === this.#state.host.facts;
  }

  /** Renders, unless the last text is current. */
  render(): ConfigText {
    if (this.#last !== undefined && this.isCurrent) return this.#last.outcome;
    const { config, host } = this.#state;
    const passwords = 'error' in host.facts ? undefined : (host.facts.passwordStamps ?? []).join('\n');
    this.#edition = withConfig(this.#edition, config, passwords);
    const outcome = this.#rendered();
    this.#last = { config, facts: host.facts, outcome };
    return outcome;
  }

  /** Uses these templates from now on. */
  useTemplates(folder: string, reading: TemplateReading): void {
    this.#edition = withTemplates(this.#edition, { folder, reading });
    this.forget();
  }

  /** The next text is rendered whatever has changed. */
  forget(): void {
    this.#renderer = undefined;
    this.#last = undefined;
  }

  #rendered(): ConfigText {
    const { config, host } = this.#state;
    try {
      if ('error' in host.facts) throw new Error(host.facts.error);
      this.#renderer ??= this.#currentRenderer(config.bird.templates);
      return { text: this.#renderer.render({ config, facts: host.facts }), locate: this.#renderer.locate };
    } catch (error) {
      const message = errorText(error);
      const known = this.#last?.outcome;
      const isKnown = known !== undefined && 'since' in known && known.message === message;
      if (!isKnown) this.#ports.log.warn({ code: 'templateError' }, message);
      return { code: 'templateError', message, since: isKnown ? known.since : this.#ports.now() };
    }
  }

  /** The templates passed in last; a folder for which none were is read here. */
  #currentRenderer(folder: string): ConfigRenderer {
    const known = this.#edition.templates;
    const templates = known?.folder === folder ? known : { folder, reading: readTemplates(folder) };
    this.#edition = { ...this.#edition, templates };
    if ('error' in templates.reading) throw templates.reading.error;
    return rendererOf(templates.reading.set);
  }
}
