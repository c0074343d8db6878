import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { templateFault } from '../../src/bird/templates/template-fault.ts';
import { checkSocketPath, connectError } from '../../src/bird-control/connect-error.ts';
import { quoteName, quotePath } from '../../src/bird-control/quote.ts';
import { unreadableLine } from '../../src/bird-control/replies/expect.ts';
import { parseConfigure } from '../../src/bird-control/replies/parse-configure.ts';
import { parseProtocols } from '../../src/bird-control/replies/parse-protocols.ts';
import { formatTable } from '../../src/cli/tables.ts';
import { parseCniRequest } from '../../src/cni/request.ts';
import { parseConfig } from '../../src/config/load.ts';
import { errorText } from '../../src/errors.ts';
import { escapeText, printable, printableJson, printableLines, quoteText } from '../../src/model/printable.ts';
import { parseAnnotations } from '../../src/pods/annotations.ts';
import { readManifests } from '../../src/pods/directory/manifest.ts';

/** What must never be printed: controls, marks that hide or turn text, separators, the byte order mark, half characters. */
const FORBIDDEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]|\p{Cs}/u;

const hostile = fc.string({
  unit: fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom(...'aZ09 /:."\\{}=-_') },
    { weight: 2, arbitrary: fc.constantFrom(...'\u0000\u0007\t\n\r\u001b\u007f\u0085\u009b\u00ad') },
    { weight: 2, arbitrary: fc.constantFrom(...'\u061c\u200b\u200e\u200f\u2028\u2029\u202a\u202e\u2066\u2069\ufeff') },
    { weight: 1, arbitrary: fc.constantFrom('\ud800', '\udc00', '😀', '\u{e0001}') },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }) },
  ),
  maxLength: 200,
});

function said(act: () => unknown): string[] {
  try {
    act();
    return [];
  } catch (error) {
    return [errorText(error)];
  }
}

/** A message may have lines; what stands on them may not. */
const linesOf = (texts: readonly string[]): string[] => texts.flatMap((text) => text.split('\n'));

const reply = (code: number, text: string) => ({ code, text, lines: [{ code, text }], oversized: false });
const template = (text: string) => ({ name: text, path: text, text });

const CALLERS: readonly (readonly [string, (text: string) => readonly string[]])[] = [
  ['a text on one line', (text) => [printable(text), escapeText(text, 20), quoteText(text, 20)]],
  ['a text of several lines', (text) => linesOf([printableLines(text.replaceAll('\t', ''))])],
  ['JSON', (text) => [printableJson(JSON.stringify({ [text]: text }))]],
  ['a table of flockctl', (text) => linesOf([formatTable(['A', text], [[text, text]])])],
  [
    'an error of a template',
    (text) =>
      said(() => {
        throw templateFault(template(text), 3, text);
      }),
  ],
  [
    'an error of the configuration',
    (text) => [
      ...linesOf(said(() => parseConfig(text, { hostname: text }))),
      ...linesOf(said(() => parseConfig(JSON.stringify({ [text]: 1, node: text, pools: text }), { hostname: 'n' }))),
    ],
  ],
  ['a fault of a manifest', (text) => faultsOf(text)],
  ['an annotation', (text) => annotationTexts(text)],
  ['a request of a runtime', (text) => cniTexts(text)],
  [
    "BIRD's control socket",
    (text) => [
      ...said(() => quoteName(text)),
      ...said(() => quotePath(text)),
      ...said(() => quotePath(`/${text}`)),
      ...said(() => checkSocketPath(text.repeat(3))),
      connectError('/run/bird/bird.ctl', new Error('no')).message,
    ],
  ],
  ["BIRD's replies", (text) => birdTexts(text.replaceAll('\n', ''))],
];

function faultsOf(text: string): string[] {
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: text, [text]: text, annotations: { [text]: text } } };
  const named = {
    ...pod,
    metadata: { name: 'a' },
    status: { conditions: [{ type: 'Ready', status: 'False', message: text }] },
  };
  const files = [text, JSON.stringify(pod), JSON.stringify({ ...pod, kind: text }), JSON.stringify(named)];
  return files.flatMap((file) =>
    ['a.yaml', 'a.json'].flatMap((name) => {
      const { faults, manifests } = readManifests(file, { file: name });
      return [
        ...faults.map(({ message }) => message),
        ...manifests.map(({ readyCondition }) => readyCondition?.message ?? ''),
      ];
    }),
  );
}

function annotationTexts(text: string): string[] {
  const keys = ['anycast', 'ipv4', 'cidr4', 'ip-algo', 'communities', text];
  return keys.flatMap((key) => {
    let warnings: readonly { readonly message: string }[] = [];
    const thrown = said(() => {
      warnings = parseAnnotations(new Map([[key, text]])).warnings;
    });
    return [...thrown, ...warnings.map(({ message }) => message)];
  });
}

function cniTexts(text: string): string[] {
  const env = {
    CNI_COMMAND: 'ADD',
    CNI_CONTAINERID: 'c1',
    CNI_IFNAME: 'eth0',
    CNI_NETNS: '/run/netns/a',
    CNI_ARGS: '',
  };
  const config = { cniVersion: '1.0.0', name: 'flock', type: 'flock' };
  const ask = (variables: object, stdin: string) =>
    said(() => parseCniRequest(new Map(Object.entries({ ...env, ...variables })), Buffer.from(stdin)));
  return [
    ...Object.keys(env).flatMap((key) => ask({ [key]: text }, JSON.stringify(config))),
    ...ask({ CNI_ARGS: `K8S_POD_NAME=${text}` }, JSON.stringify(config)),
    ...Object.keys(config).flatMap((key) => ask({}, JSON.stringify({ ...config, [key]: text }))),
    ...ask({}, text),
  ];
}

function birdTexts(text: string): string[] {
  const outcome = parseConfigure('configure', reply(8002, text), undefined);
  const fault = outcome.outcome === 'refused' ? [outcome.error.message, outcome.error.file] : [];
  const lines = [
    { code: 1002, text: `tor1       BGP        ---        start  10:00:00      ${text}` },
    { code: 1006, text: `  BGP state:          Idle` },
    { code: 1006, text: `    Last error:       ${text}` },
  ];
  const texts: string[] = [];
  const refusal = said(() => {
    for (const { info, bgp } of parseProtocols('show protocols all', { code: 0, text: '', lines, oversized: false }))
      texts.push(info, bgp?.lastError ?? '');
  });
  return [
    ...refusal,
    ...fault,
    ...texts,
    unreadableLine('show status', text).message,
    ...said(() => parseProtocols('show protocols', reply(9001, text))),
  ];
}

describe('what a terminal could obey or not show', () => {
  it.each(CALLERS)('does not come out of %s', (_what, print) => {
    fc.assert(
      fc.property(hostile, (text) => {
        for (const line of print(text)) expect(line).not.toMatch(FORBIDDEN);
      }),
    );
  });
});
