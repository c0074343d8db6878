import { z } from 'zod';
import { ANNOTATION_PREFIX } from '../../model/names.ts';
import { probeSchema } from '../probes/probe-spec.ts';

const text = z.string({ error: 'must be a text; put it in quotes' });

/**
 * Kubernetes requires pod names to be DNS names in lower case; container runtimes without Kubernetes do not (podman:
 * letters, digits, `_`, `.`, `-`).
 */
const name = text.regex(/^[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9_])?$/, {
  error: 'must consist of letters, digits, ., _ and -, and have at most 253 characters',
});

const namespace = text.regex(/^[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/, {
  error: 'must consist of letters, digits, ., _ and -, and have at most 253 characters',
});

const uid = text.regex(/^[\x21-\x7e]{1,128}$/, {
  error: 'must consist of 1 to 128 printable characters without blanks',
});

const container = z.object({
  name: name.nullish(),
  image: text.nullish(),
  ports: z
    .array(z.object({ name: text.nullish(), containerPort: z.number({ error: 'must be a number' }).nullish() }))
    .nullish(),
  readinessProbe: probeSchema.nullish(),
});

const owner = z.object({ kind: text, name: text, controller: z.boolean().nullish() });

/**
 * The values of our annotations. Unquoted `true` and `false` are accepted, since people write them; everything else
 * must be a text.
 */
const annotations = z.record(z.string(), z.unknown(), { error: 'must be a map of texts' }).transform((all, context) => {
  const ours = new Map<string, string>();
  for (const [key, value] of Object.entries(all)) {
    if (!key.startsWith(ANNOTATION_PREFIX)) continue;
    if (typeof value === 'string' || typeof value === 'boolean')
      ours.set(key.slice(ANNOTATION_PREFIX.length), `${value}`);
    else if (value === null) ours.set(key.slice(ANNOTATION_PREFIX.length), '');
    else context.addIssue({ code: 'custom', path: [key], message: 'must be a text; put it in quotes' });
  }
  return ours;
});

const condition = z.object({
  type: text,
  status: z.unknown().optional(),
  reason: z.unknown().optional(),
  message: z.unknown().optional(),
});

/** The condition of type Ready. YAML reads an unquoted `True` as a boolean; kubectl prints it in quotes. */
const conditions = z.array(condition).transform((all, context) => {
  const index = all.findIndex(({ type }) => type === 'Ready');
  const found = all[index];
  if (found === undefined) return undefined;
  const { status: written, reason, message } = found;
  const status = typeof written === 'boolean' ? (written ? 'True' : 'False') : written;
  if (status === 'True' || status === 'False' || status === 'Unknown') return { status, reason, message } as const;
  context.addIssue({ code: 'custom', path: [index, 'status'], message: 'must be "True", "False" or "Unknown"' });
  return z.NEVER;
});

/** The parts of a Pod (core/v1) that matter here. Everything else is ignored. `null` means absent. */
export const podSchema = z.object({
  metadata: z.object(
    {
      name,
      namespace: namespace.nullish(),
      uid: uid.nullish(),
      annotations: annotations.nullish(),
      labels: z.object({ 'pod-template-hash': text.nullish() }).nullish(),
      ownerReferences: z.array(owner).nullish(),
      deletionTimestamp: z.unknown().optional(),
    },
    { error: 'must be a map' },
  ),
  spec: z.object({ containers: z.array(container).nullish() }).nullish(),
  status: z
    .object({
      phase: text.nullish(),
      conditions: conditions.nullish(),
    })
    .nullish(),
});

/** A Pod after parsing. */
export type ParsedPod = z.output<typeof podSchema>;
