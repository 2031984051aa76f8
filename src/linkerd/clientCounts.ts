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

/** Reads the answer to `clientNamesQuery`: `NAMESPACE/POD` of each client with a namespace. Of two names it is always the same. */
export function readClientNames(samples: readonly Sample[]): ByClient<string> {
  const names = new Map<string, string>();
  for (const { labels } of samples) {
    const { namespace, pod } = labels;
    const client = identityOf(labels);
    const name = `${namespace}/${pod}`;
    if (namespace && pod && name > (names.get(client) ?? "")) names.set(client, name);
  }
  return names;
}

/** The name of a client whose namespace is unknown: its pod, or its address where pods are not kept. */
export function nameOf(client: string): string {
  const [instance, pod] = JSON.parse(client) as readonly [string, string];
  return pod || instance || "unknown";
}

function identityOf(labels: Sample["labels"]): string {
  return JSON.stringify(PROXY.map((label) => labels[label] ?? ""));
}
