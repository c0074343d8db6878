import { describe, expect, it } from 'vitest';
import { type Manifest, readManifests } from '../../../../src/pods/directory/manifest.ts';

const read = (text: string, file = 'a.yaml') => readManifests(text, { file });

/** The only pod of a text; fails for anything else. */
function onlyPod(text: string, file?: string): Manifest {
  const { manifests, faults } = read(text, file);
  const [manifest] = manifests;
  if (manifest === undefined || manifests.length + faults.length !== 1) throw new Error(JSON.stringify(faults));
  return manifest;
}

/** A pod with one container that has these keys, in flow style. */
const withContainer = (keys: string): string => `{kind: Pod, metadata: {name: a}, spec: {containers: [{${keys}}]}}`;

/** The only probe of a container with these keys. */
const probeOf = (keys: string) => onlyPod(withContainer(keys)).probes[0];

describe('a manifest', () => {
  it('with little in it has the documented defaults', () => {
    expect(onlyPod('kind: Pod\nmetadata: {name: web}\n')).toEqual({
      pod: { namespace: 'default', name: 'web', uid: undefined, annotations: new Map(), app: 'web', image: '' },
      terminating: false,
      phase: undefined,
      readyCondition: undefined,
      probes: [],
    });
  });

  it('with everything in it is read into a pod', () => {
    const text = `
apiVersion: v1
kind: Pod
metadata:
  namespace: dns
  name: resolver-7d4b9c55d8-x2x9p
  uid: 1b6ed5a5-3f3c-4a43-8a3c-2f1e0d4b5a6c
  labels: {app: resolver, pod-template-hash: 7d4b9c55d8}
  annotations:
    flock.fritzlab.net/anycast: 192.0.2.53
    flock.fritzlab.net/ipv4: true
    flock.fritzlab.net/addresses:
    kubernetes.io/other: x
  ownerReferences:
    - {kind: Node, name: n1}
    - {kind: ReplicaSet, name: resolver-7d4b9c55d8, controller: true}
  deletionTimestamp: 2026-01-01T00:00:00Z
spec:
  containers:
    - {name: resolver, image: "registry.example/resolver:1"}
    - {name: sidecar, image: other}
status:
  phase: Running
  conditions:
    - {type: Initialized, status: "True"}
    - {type: Ready, status: "False", reason: ContainersNotReady, message: "containers\\nwith unready status"}
`;
    expect(onlyPod(text)).toEqual({
      pod: {
        namespace: 'dns',
        name: 'resolver-7d4b9c55d8-x2x9p',
        uid: '1b6ed5a5-3f3c-4a43-8a3c-2f1e0d4b5a6c',
        annotations: new Map([
          ['anycast', '192.0.2.53'],
          ['ipv4', 'true'],
          ['addresses', ''],
        ]),
        app: 'resolver',
        image: 'registry.example/resolver:1',
      },
      terminating: true,
      phase: 'Running',
      readyCondition: { status: 'False', message: 'ContainersNotReady: containers\\u000awith unready status' },
      probes: [],
    });
  });

  it('can be JSON, where null means absent', () => {
    const pod = {
      kind: 'Pod',
      metadata: { name: 'a', namespace: null, uid: null, annotations: null, deletionTimestamp: null, labels: null },
      spec: { containers: [{ name: 'c', image: null, readinessProbe: null, ports: null }] },
      status: { phase: null, conditions: null },
    };
    expect(onlyPod(JSON.stringify(pod), 'a.json')).toMatchObject({ terminating: false, readyCondition: undefined });
  });

  it('with an unquoted status True, as people write it, is ready', () => {
    const ready = 'kind: Pod\nmetadata: {name: a}\nstatus: {conditions: [{type: Ready, status: True}]}\n';
    expect(onlyPod(ready).readyCondition).toEqual({ status: 'True', message: '' });
  });

  it('can bear a name that podman gives but Kubernetes would not', () => {
    expect(onlyPod('kind: Pod\nmetadata: {name: My_Web.1}\n').pod.name).toBe('My_Web.1');
  });
});

describe('a file', () => {
  it('gives its good documents, and says where the bad ones are', () => {
    const { manifests, faults } = read(`kind: Pod
metadata: {name: one}
---
kind: Pod
metadata: {name: two, uid: 5}
---
a: [
---
kind: Pod
metadata: {name: three}
`);
    expect(manifests.map(({ pod }) => pod.name)).toEqual(['one', 'three']);
    expect(faults).toEqual([
      { message: 'line 4: metadata.uid must be a text; put it in quotes', pod: 'default/two' },
      { message: expect.stringMatching(/^line \d, column 1: Flow sequence/), pod: undefined },
    ]);
  });

  it.each([
    ['nothing', ''],
    ['comments', '# a\n---\n# b\n'],
  ])('with %s has no pods and no faults', (_what, text) => {
    expect(read(text)).toEqual({ manifests: [], faults: [] });
  });

  it.each([
    ['cut off', '{"kind":"Pod","metadata":{"name":"a"}', 'it is not JSON'],
    ['empty but for a bracket', '[', 'it is not JSON'],
    ['a list', '[{"kind":"Pod","metadata":{"name":"a"}}]', 'it is not a Kubernetes object'],
    ['nested without end', '['.repeat(200_000), 'it is not JSON'],
  ])('of JSON that is %s is a fault', (_what, text, fault) => {
    expect(read(text, 'a.json')).toEqual({
      manifests: [],
      faults: [{ message: expect.stringContaining(fault), pod: undefined }],
    });
  });

  it('shows control characters of the text in no message', () => {
    const { faults } = read('{"kind":"Pod\u001b[2J\u0000"', 'a.json');
    expect(faults[0]?.message).toMatch(/^[\P{Cc}]+$/u);
    const [fault] = read('kind: "Pod\\u001b"\nmetadata: {name: a}\n').faults;
    expect(fault?.message).toBe('line 1: kind "Pod\\u001b" must be Pod');
  });
});

describe('a document is refused that', () => {
  it.each([
    ['is a word', 'hello', 'it is not a Kubernetes object'],
    ['is another kind', '{kind: Service, metadata: {name: a}}', 'kind "Service" must be Pod'],
    ['is a List', '{kind: List, items: []}', 'kind "List" must be Pod'],
    ['has no kind', '{metadata: {name: a}}', 'kind is missing; it must be Pod'],
    ['is of another version', '{apiVersion: v2, kind: Pod, metadata: {name: a}}', 'apiVersion must be v1'],
    ['has no metadata', '{kind: Pod}', 'metadata must be a map'],
    ['has no name', '{kind: Pod, metadata: {}}', 'metadata.name must be a text'],
    ['has a number as its name', '{kind: Pod, metadata: {name: 5}}', 'metadata.name must be a text; put it in quotes'],
    ['has a slash in its name', '{kind: Pod, metadata: {name: a/b}}', 'metadata.name must consist of letters'],
    ['has a line break in its name', '{kind: Pod, metadata: {name: "a\\nb"}}', 'metadata.name must consist of'],
    ['has a long name', `{kind: Pod, metadata: {name: ${'a'.repeat(254)}}}`, 'metadata.name must consist of'],
    [
      'has blanks in its namespace',
      '{kind: Pod, metadata: {name: a, namespace: "b c"}}',
      'metadata.namespace must consist of',
    ],
    ['has blanks in its uid', '{kind: Pod, metadata: {name: a, uid: "b c"}}', 'metadata.uid must consist of'],
    [
      'has a number as an annotation of ours',
      '{kind: Pod, metadata: {name: a, annotations: {flock.fritzlab.net/anycast: 5}}}',
      'metadata.annotations.flock.fritzlab.net/anycast must be a text',
    ],
    ['has a list as its annotations', '{kind: Pod, metadata: {name: a, annotations: [x]}}', 'must be a map of texts'],
    [
      'is ready perhaps',
      '{kind: Pod, metadata: {name: a}, status: {conditions: [{type: Ready, status: maybe}]}}',
      'status.conditions[0].status must be "True", "False" or "Unknown"',
    ],
    ['has a port 0 to probe', withContainer('readinessProbe: {tcpSocket: {port: 0}}'), 'must have a port from 1'],
    ['has a port 65536 to probe', withContainer('readinessProbe: {tcpSocket: {port: 65536}}'), 'must have a port'],
    ['has a port 80.5 to probe', withContainer('readinessProbe: {tcpSocket: {port: 80.5}}'), 'must have a port'],
    [
      'has an unknown port to probe',
      withContainer('ports: [{name: http, containerPort: 80}], readinessProbe: {tcpSocket: {port: https}}'),
      'spec.containers[0].readinessProbe names a port "https" that no container of the pod has',
    ],
    ['probes nothing', withContainer('readinessProbe: {}'), 'must have exactly one of tcpSocket, httpGet, exec, grpc'],
    [
      'probes in two ways',
      withContainer('readinessProbe: {tcpSocket: {port: 1}, exec: {command: [x]}}'),
      'must have exactly one of tcpSocket, httpGet, exec, grpc',
    ],
    ['probes by gRPC', withContainer('readinessProbe: {grpc: {port: web}}'), 'must be a port number'],
    ['runs nothing', withContainer('readinessProbe: {exec: {command: []}}'), 'must name a program'],
    ['runs a NUL', withContainer('readinessProbe: {exec: {command: ["a\\0b"]}}'), 'must not contain a NUL'],
    ['probes all the time', withContainer('readinessProbe: {tcpSocket: {port: 1}, periodSeconds: 0}'), 'from 1 to'],
    [
      'probes half a second',
      withContainer('readinessProbe: {tcpSocket: {port: 1}, timeoutSeconds: 0.5}'),
      'whole number',
    ],
    [
      'probes in a year',
      withContainer('readinessProbe: {tcpSocket: {port: 1}, initialDelaySeconds: 31536000}'),
      'from 0',
    ],
    ['never fails', withContainer('readinessProbe: {tcpSocket: {port: 1}, failureThreshold: 0}'), 'must be 1 or more'],
    ['speaks gopher', withContainer('readinessProbe: {httpGet: {port: 1, scheme: GOPHER}}'), 'must be HTTP or HTTPS'],
    [
      'probes a strange host',
      withContainer('readinessProbe: {httpGet: {port: 1, host: "a/b"}}'),
      'must be a host name',
    ],
    [
      'smuggles a header',
      withContainer('readinessProbe: {httpGet: {port: 1, httpHeaders: [{name: X, value: "a\\r\\nY: b"}]}}'),
      'must be a valid HTTP header',
    ],
  ])('%s', (_what, text, fault) => {
    const { manifests, faults } = read(text);
    expect(manifests).toEqual([]);
    expect(faults).toHaveLength(1);
    expect(faults[0]?.message).toContain(fault);
  });

  it('runs a command, in a file that may not', () => {
    const text = withContainer('readinessProbe: {exec: {command: [true]}}').replace('[true]', '["true"]');
    const { manifests, faults } = readManifests(text, { file: 'a.yaml', execRefusal: 'the file is not root’s' });
    expect(manifests).toEqual([]);
    expect(faults).toEqual([{ message: 'line 1: the file is not root’s', pod: 'default/a' }]);
  });
});

describe('a readiness probe', () => {
  it('has the defaults of Kubernetes', () => {
    expect(probeOf('name: web, readinessProbe: {tcpSocket: {port: 80}}')).toEqual({
      container: 'web',
      action: { kind: 'tcpSocket', host: undefined, port: 80 },
      initialDelayMs: 0,
      periodMs: 10_000,
      timeoutMs: 1_000,
      successThreshold: 1,
      failureThreshold: 3,
    });
  });

  it('has the times that it is given', () => {
    const times =
      'initialDelaySeconds: 5, periodSeconds: 6, timeoutSeconds: 7, successThreshold: 8, failureThreshold: 9';
    expect(probeOf(`readinessProbe: {tcpSocket: {port: 80, host: "::1"}, ${times}}`)).toEqual({
      container: '#0',
      action: { kind: 'tcpSocket', host: '::1', port: 80 },
      initialDelayMs: 5_000,
      periodMs: 6_000,
      timeoutMs: 7_000,
      successThreshold: 8,
      failureThreshold: 9,
    });
  });

  it('over HTTP has path, scheme and headers', () => {
    const headers = 'httpHeaders: [{name: Host, value: example.net}, {name: X-A, value: ""}]';
    expect(
      probeOf(`readinessProbe: {httpGet: {port: 443, scheme: HTTPS, path: "a b?c=ü#d", ${headers}}}`)?.action,
    ).toEqual({
      kind: 'httpGet',
      scheme: 'https',
      host: undefined,
      port: 443,
      path: '/a%20b?c=%C3%BC',
      headers: [
        ['Host', 'example.net'],
        ['X-A', ''],
      ],
    });
    expect(probeOf('readinessProbe: {httpGet: {port: 80}}')?.action).toMatchObject({ path: '/', scheme: 'http' });
    expect(probeOf('readinessProbe: {httpGet: {port: 80, path: "//evil.example/"}}')?.action).toMatchObject({
      path: '/',
    });
  });

  it('over gRPC has a port and a service', () => {
    expect(probeOf('readinessProbe: {grpc: {port: 50051}}')?.action).toEqual({
      kind: 'grpc',
      host: undefined,
      port: 50051,
      service: '',
    });
    expect(probeOf('readinessProbe: {grpc: {port: 1, service: a.B}}')?.action).toMatchObject({ service: 'a.B' });
  });

  it('over HTTP has headers of any characters but control characters', () => {
    const withHeader = (value: string) =>
      probeOf(`readinessProbe: {httpGet: {port: 80, httpHeaders: [{name: X-A, value: ${JSON.stringify(value)}}]}}`);
    expect(withHeader('日本 \t é')?.action).toMatchObject({ headers: [['X-A', '日本 \t é']] });
    expect(() => withHeader('a\nX-B: c')).toThrow('must be a valid HTTP header');
  });

  it('finds a named port in its own container first, then in the others', () => {
    const { probes } = onlyPod(`
kind: Pod
metadata: {name: a}
spec:
  containers:
    - name: one
      ports: [{name: http, containerPort: 8080}]
      readinessProbe: {tcpSocket: {port: http}}
    - name: two
      ports: [{name: http, containerPort: 9090}, {name: admin, containerPort: 9091}]
      readinessProbe: {tcpSocket: {port: http}}
    - name: three
      readinessProbe: {httpGet: {port: admin}}
    - name: four
      readinessProbe: {tcpSocket: {port: "8443"}}
`);
    const ports = probes.map(({ action }) => (action.kind === 'exec' ? undefined : action.port));
    expect(ports).toEqual([8_080, 9_090, 9_091, 8_443]);
  });

  it('of a command is kept word by word', () => {
    expect(probeOf('readinessProbe: {exec: {command: [sh, -c, "exit $X"]}}')?.action).toEqual({
      kind: 'exec',
      command: ['sh', '-c', 'exit $X'],
    });
  });
});
