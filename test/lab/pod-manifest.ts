/** What a test says of a pod; the rest of the manifest follows from it. */
export interface PodSpec {
  name: string;
  /** Default `default`. */
  namespace?: string;
  uid?: string;
  /** Keys without the prefix `flock.fritzlab.net/`. */
  annotations?: Record<string, string>;
  /** The Ready condition; without it the probe decides. */
  ready?: boolean;
  /** A Kubernetes readiness probe of the only container. */
  readinessProbe?: object;
  /** More of the manifest's `metadata`, for instance a `deletionTimestamp`. */
  metadata?: object;
}

/** A Kubernetes-shaped Pod manifest, as the directory source reads it. */
export function podManifest(pod: PodSpec): object {
  const annotations = Object.entries(pod.annotations ?? {}).map(([key, value]) => [`flock.fritzlab.net/${key}`, value]);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace: pod.namespace ?? 'default',
      name: pod.name,
      ...(pod.uid === undefined ? {} : { uid: pod.uid }),
      annotations: Object.fromEntries(annotations),
      ...pod.metadata,
    },
    spec: {
      containers: [
        {
          name: 'main',
          image: 'registry.example/main:1',
          ...(pod.readinessProbe === undefined ? {} : { readinessProbe: pod.readinessProbe }),
        },
      ],
    },
    ...(pod.ready === undefined
      ? {}
      : { status: { conditions: [{ type: 'Ready', status: pod.ready ? 'True' : 'False' }] } }),
  };
}

/** `CNI_ARGS` as the kubelet's runtimes write them. */
export function cniArgs(pod: PodSpec): string {
  const uid = pod.uid === undefined ? '' : `;K8S_POD_UID=${pod.uid}`;
  return `IgnoreUnknown=1;K8S_POD_NAMESPACE=${pod.namespace ?? 'default'};K8S_POD_NAME=${pod.name}${uid}`;
}
