import type { Read, Sample } from "./counts.ts";
import { PROXY } from "./increase.ts";

/** By the identity of a client's proxy. */
export type ByClient<T> = ReadonlyMap<string, T>;

/** Reads each client's samples as if they were the whole answer. One that is invalid makes the answer invalid. */
export function readByClient<T>(samples: readonly Sample[], read: (samples: readonly Sample[]) => Read<T>): Read<ByClient<T>> {
  const found = new Map<string, T>();
  for (const [client, own] of Map.groupBy(samples, ({ labels }) => identityOf(labels))) {
    const counts = read(own.map(({ labels: { instance: _, pod: __, ...labels }, ...values }) => ({ labels, ...values })));
    if (!counts.ok) return counts;
    found.set(client, counts.value);
  }
  return { ok: true, value: found };
}

/** Labels that name a client's pod, and its namespace, as scrape configurations have them; the first one that is there counts. */
const PODS = ["pod", "kubernetes_pod_name", "kubernetes_pod", "k8s_pod_name", "pod_name", "exported_pod"] as const;
const NAMESPACES = ["namespace", "kubernetes_namespace", "k8s_namespace_name", "k8s_namespace", "exported_namespace"] as const;

/** The labels of the answer to `clientNamesQuery`. */
export const NAMING = [...new Set([...PROXY, ...PODS, ...NAMESPACES])];

/**
 * Reads the answer to `clientNamesQuery`: `NAMESPACE/POD` of each client, or its pod alone where the namespace is not kept. Of two
 * names it is always the same.
 */
export function readClientNames(samples: readonly Sample[]): ByClient<string> {
  const names = new Map<string, string>();
  for (const { labels } of samples) {
    const pod = firstOf(labels, PODS);
    if (pod === undefined) continue;
    const namespace = firstOf(labels, NAMESPACES);
    const client = identityOf(labels);
    const name = namespace === undefined ? pod : `${namespace}/${pod}`;
    const known = names.get(client);
    if (known === undefined || isBetter(name, known)) names.set(client, name);
  }
  return names;
}

function isBetter(name: string, known: string): boolean {
  const [hasNamespace, hadNamespace] = [name.includes("/"), known.includes("/")];
  return hasNamespace === hadNamespace ? name > known : hasNamespace;
}

function firstOf(labels: Sample["labels"], names: readonly string[]): string | undefined {
  for (const name of names) if (labels[name]) return labels[name];
  return undefined;
}

/** The name of a client whose namespace is unknown: its pod, or its address where pods are not kept. */
export function nameOf(client: string): string {
  const [instance, pod] = JSON.parse(client) as readonly [string, string];
  return pod || instance || "unknown";
}

function identityOf(labels: Sample["labels"]): string {
  return JSON.stringify(PROXY.map((label) => labels[label] ?? ""));
}
