import { errorText } from '../../errors.ts';
import { readYaml } from '../../files/yaml.ts';
import { podId } from '../../model/attachment.ts';
import { escapeText, quoteText } from '../../model/printable.ts';
import { appName } from '../app-name.ts';
import type { Pod, Probe } from '../pod-source.ts';
import { type NamedPorts, toProbe } from '../probes/probe-spec.ts';
import { type ParsedPod, podSchema } from './manifest-schema.ts';

/** What a manifest says about one pod. */
export interface Manifest {
  readonly pod: Pod;
  /** `metadata.deletionTimestamp` is set: the pod is terminating. */
  readonly terminating: boolean;
  /** `status.phase`. */
  readonly phase: string | undefined;
  /** `status.conditions[type=Ready]`; undefined when absent. */
  readonly readyCondition: { readonly status: 'True' | 'False' | 'Unknown'; readonly message: string } | undefined;
  /** At most one for each container. */
  readonly probes: readonly Probe[];
}

/** A document that is not a usable pod. */
interface ManifestFault {
  /** Which document, and what is wrong with it. */
  readonly message: string;
  /** The pod that the document is about, as `podId`, if that much can be read. */
  readonly pod: string | undefined;
}

/** The result of reading a file. One bad document does not affect the others. */
export interface ManifestFile {
  readonly manifests: readonly Manifest[];
  readonly faults: readonly ManifestFault[];
  /**
   * The manifest that more text would change: that of the last YAML document in block style, which is valid even
   * without its last lines. Truncated JSON is not valid.
   */
  readonly openEnded: Manifest | undefined;
}

/** How to read a file. */
interface ManifestOptions {
  /** Name of the file: its extension distinguishes JSON from YAML. */
  readonly file: string;
  /** Why the commands of this file may not run on the host; undefined: they may. */
  readonly execRefusal?: string | undefined;
}

/** Reads the text of a manifest file; hostile. */
export function readManifests(text: string, options: ManifestOptions): ManifestFile {
  const manifests: Manifest[] = [];
  const faults: ManifestFault[] = [];
  let last: Manifest | undefined;
  for (const { value, at, fault } of documentsOf(text, options.file)) {
    const manifest = fault === undefined ? readManifest(value, options) : fault;
    last = typeof manifest === 'string' ? undefined : manifest;
    if (typeof manifest !== 'string') manifests.push(manifest);
    else faults.push({ message: escapeText(at === '' ? manifest : `${at}: ${manifest}`, 500), pod: idOf(value) });
  }
  const closed = isJson(options.file) || text.trimStart().startsWith('{');
  return { manifests, faults, openEnded: closed ? undefined : last };
}

interface RawDocument {
  readonly value: unknown;
  /** Where it is in the file. */
  readonly at: string;
  readonly fault?: string;
}

function isJson(file: string): boolean {
  return file.endsWith('.json');
}

function documentsOf(text: string, file: string): RawDocument[] {
  if (isJson(file)) {
    try {
      const value: unknown = JSON.parse(text);
      return [{ value, at: '' }];
    } catch (error) {
      return text.trim() === '' ? [] : [{ value: undefined, at: '', fault: `it is not JSON: ${errorText(error)}` }];
    }
  }
  return readYaml(text).map((document) => {
    if (document.ok) return { value: document.value, at: `line ${document.lineOf([])}` };
    const { line, column, message } = document.fault;
    return { value: undefined, at: `line ${line}, column ${column}`, fault: message };
  });
}

/** The manifest, or why it is not one. */
function readManifest(value: unknown, { execRefusal }: ManifestOptions): Manifest | string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'it is not a Kubernetes object';
  const kind = 'kind' in value ? value.kind : undefined;
  if (kind !== 'Pod') return `kind ${typeof kind === 'string' ? quoteText(kind) : 'is missing; it'} must be Pod`;
  if ('apiVersion' in value && value.apiVersion !== 'v1') return 'apiVersion must be v1';
  const parsed = podSchema.safeParse(value);
  if (!parsed.success) {
    const issues = parsed.error.issues.map(({ path, message }) => `${formatPath(path)} ${message}`);
    return [...issues.slice(0, 3), ...(issues.length > 3 ? [`and ${issues.length - 3} more`] : [])].join('; ');
  }
  const probes = probesOf(parsed.data);
  if (typeof probes === 'string') return probes;
  if (execRefusal !== undefined && probes.some(({ action }) => action.kind === 'exec')) return execRefusal;
  return toManifest(parsed.data, probes);
}

function toManifest({ metadata, spec, status }: ParsedPod, probes: readonly Probe[]): Manifest {
  const controller = metadata.ownerReferences?.find((owner) => owner.controller === true);
  const templateHash = metadata.labels?.['pod-template-hash'] ?? undefined;
  const ready = status?.conditions ?? undefined;
  return {
    pod: {
      namespace: metadata.namespace ?? 'default',
      name: metadata.name,
      uid: metadata.uid ?? undefined,
      annotations: metadata.annotations ?? new Map(),
      app: appName({ podName: metadata.name, controller, templateHash }),
      image: spec?.containers?.[0]?.image ?? '',
    },
    terminating: metadata.deletionTimestamp !== undefined && metadata.deletionTimestamp !== null,
    phase: status?.phase ?? undefined,
    readyCondition: ready && { status: ready.status, message: sentence(ready.reason, ready.message) },
    probes,
  };
}

function probesOf({ spec }: ParsedPod): readonly Probe[] | string {
  const containers = spec?.containers ?? [];
  const all = containers.map(({ ports }) => namedPorts(ports ?? []));
  const probes: Probe[] = [];
  for (const [index, { name, readinessProbe }] of containers.entries()) {
    if (readinessProbe === undefined || readinessProbe === null) continue;
    // A container's own port of that name comes first; the containers of a pod share its addresses.
    const ports: NamedPorts = new Map([...all.flatMap((named) => [...named]), ...(all[index] ?? [])]);
    const probe = toProbe(name ?? `#${index}`, readinessProbe, ports);
    if (typeof probe === 'string') return `spec.containers[${index}].readinessProbe ${probe}`;
    probes.push(probe);
  }
  return probes;
}

function namedPorts(ports: readonly { name?: string | null | undefined; containerPort?: number | null | undefined }[]) {
  const named = new Map<string, number>();
  for (const { name, containerPort } of ports) if (name && containerPort) named.set(name, containerPort);
  return named;
}

/** The pod that a document is about, whatever else is wrong with it. */
function idOf(value: unknown): string | undefined {
  const parsed = podSchema.shape.metadata.pick({ name: true, namespace: true }).safeParse(memberOf(value, 'metadata'));
  return parsed.success ? podId({ namespace: parsed.data.namespace ?? 'default', name: parsed.data.name }) : undefined;
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}

function formatPath(path: readonly PropertyKey[]): string {
  const parts = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`));
  return parts.join('').replace(/^\./, '');
}

/** Reason and message of a condition, as text. */
function sentence(...parts: readonly unknown[]): string {
  return escapeText(parts.filter((part) => typeof part === 'string' && part !== '').join(': '), 200);
}
