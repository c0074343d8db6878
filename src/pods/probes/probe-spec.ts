import { validateHeaderName } from 'node:http';
import { z } from 'zod';
import { quoteText } from '../../model/printable.ts';
import type { Probe, ProbeAction } from '../pod-source.ts';
import { requestTarget } from './http/http-target.ts';

/** Longest delay of a timer in seconds: Node stores milliseconds in 31 bits, and fires at once beyond that. */
const MAX_SECONDS = 2_147_483;

function seconds(least: 0 | 1) {
  const error = `must be a whole number of seconds from ${least} to ${MAX_SECONDS}`;
  return z.int({ error }).min(least, { error }).max(MAX_SECONDS, { error }).nullish();
}

const times = z.int({ error: 'must be a whole number from 1' }).min(1, { error: 'must be 1 or more' }).nullish();
const text = z.string({ error: 'must be a text' });
const port = z.union([z.number(), z.string()], { error: 'must be a number, or the name of a port of the pod' });

/** A name for the resolver, or an address; other characters have no place in a connection. */
const host = text
  .regex(/^([A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?|[0-9A-Fa-f:.]{2,45}|)$/, {
    error: 'must be a host name or an address',
  })
  .nullish();

const header = z
  .object({ name: text, value: text })
  .refine(({ name, value }) => isHeader(name, value), { error: 'must be a valid HTTP header' });

/** `readinessProbe` of a container (`Probe` in Kubernetes' core/v1); other fields are ignored. */
export const probeSchema = z.object({
  tcpSocket: z.object({ port, host }).nullish(),
  httpGet: z
    .object({
      port,
      host,
      path: text.max(4_096, { error: 'must have at most 4096 characters' }).nullish(),
      scheme: z.enum(['HTTP', 'HTTPS'], { error: 'must be HTTP or HTTPS' }).nullish(),
      httpHeaders: z.array(header).max(64, { error: 'must not have more than 64 entries' }).nullish(),
    })
    .nullish(),
  exec: z
    .object({
      command: z
        .array(text.refine((word) => !word.includes('\0'), { error: 'must not contain a NUL' }))
        .min(1, { error: 'must name a program' })
        .refine(([program]) => program !== '', { error: 'must begin with a program' }),
    })
    .nullish(),
  grpc: z
    .object({
      port: z.int({ error: 'must be a port number' }).min(1, { error: 'must be 1 or more' }).max(65_535, {
        error: 'must be 65535 or less',
      }),
      service: text.max(4_096, { error: 'must have at most 4096 characters' }).nullish(),
    })
    .nullish(),
  initialDelaySeconds: seconds(0),
  periodSeconds: seconds(1),
  timeoutSeconds: seconds(1),
  successThreshold: times,
  failureThreshold: times,
});

const EXACTLY_ONE = 'must have exactly one of tcpSocket, httpGet, exec, grpc';

/** Ports of a container by name. */
export type NamedPorts = ReadonlyMap<string, number>;

/**
 * The probe that a container asks for. The defaults are those of Kubernetes (`SetDefaults_Probe` in
 * pkg/apis/core/v1/defaults.go).
 * @param ports the pod's named ports.
 * @returns the probe, or the rule that it breaks.
 */
export function toProbe(container: string, spec: z.output<typeof probeSchema>, ports: NamedPorts): Probe | string {
  const action = toAction(spec, ports);
  if (typeof action === 'string') return action;
  return {
    container,
    action,
    initialDelayMs: (spec.initialDelaySeconds ?? 0) * 1_000,
    periodMs: (spec.periodSeconds ?? 10) * 1_000,
    timeoutMs: (spec.timeoutSeconds ?? 1) * 1_000,
    successThreshold: spec.successThreshold ?? 1,
    failureThreshold: spec.failureThreshold ?? 3,
  };
}

function toAction(spec: z.output<typeof probeSchema>, ports: NamedPorts): ProbeAction | string {
  const { tcpSocket, httpGet, exec, grpc } = spec;
  if ([tcpSocket, httpGet, exec, grpc].filter((action) => action !== undefined && action !== null).length !== 1) {
    return EXACTLY_ONE;
  }
  if (exec) return { kind: 'exec', command: exec.command };
  if (tcpSocket) {
    const number = resolvePort(tcpSocket.port, ports);
    return typeof number === 'string' ? number : { kind: 'tcpSocket', host: tcpSocket.host || undefined, port: number };
  }
  if (grpc) return { kind: 'grpc', host: undefined, port: grpc.port, service: grpc.service ?? '' };
  if (!httpGet) return EXACTLY_ONE;
  const number = resolvePort(httpGet.port, ports);
  if (typeof number === 'string') return number;
  return {
    kind: 'httpGet',
    scheme: httpGet.scheme === 'HTTPS' ? 'https' : 'http',
    host: httpGet.host || undefined,
    port: number,
    path: requestTarget(httpGet.path ?? ''),
    headers: (httpGet.httpHeaders ?? []).map(({ name, value }) => [name, value] as const),
  };
}

/** A number, a number as text, or the name of a port. */
function resolvePort(written: string | number, ports: NamedPorts): number | string {
  const named = typeof written === 'string' ? ports.get(written) : undefined;
  const number = named ?? (typeof written === 'string' && !/^\d{1,5}$/.test(written) ? undefined : Number(written));
  if (number === undefined) return `names a port ${quoteText(String(written))} that no container of the pod has`;
  const valid = Number.isInteger(number) && number >= 1 && number <= 65_535;
  return valid ? number : 'must have a port from 1 to 65535';
}

/** A value may contain any character except control characters, as in Go's net/http; it is sent as UTF-8. */
function isHeader(name: string, value: string): boolean {
  try {
    validateHeaderName(name);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    return !/[\u0000-\u0008\u000a-\u001f\u007f]/.test(value);
  } catch {
    // It throws a TypeError, which is equivalent to the answer no.
    return false;
  }
}
