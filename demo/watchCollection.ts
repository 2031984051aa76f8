import { setTimeout as sleep } from "node:timers/promises";

/** The fields of a Kubernetes object that a proxy needs. */
export interface Watched {
  readonly metadata: { readonly name: string; readonly resourceVersion: string; readonly labels?: Readonly<Record<string, string>> };
}

interface Event<T> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: T;
}

const RETRY_PAUSE_MS = 250;

/** Lists a collection and watches it until the signal aborts; `onChange` gets all objects after every change. */
export async function watchCollection<T extends Watched>(
  url: string,
  onChange: (objects: readonly T[]) => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    // After the end or failure of a watch, start again with a list, as Linkerd's control plane does.
    await listAndWatch(url, onChange, signal).catch(() => undefined);
    await sleep(RETRY_PAUSE_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function listAndWatch<T extends Watched>(url: string, onChange: (objects: readonly T[]) => void, signal: AbortSignal): Promise<void> {
  const listed = await fetch(url, { signal });
  if (!listed.ok) return;
  const list = (await listed.json()) as { metadata: { resourceVersion: string }; items: readonly T[] };
  const objects = new Map(list.items.map((object) => [object.metadata.name, object]));
  onChange([...objects.values()]);
  const watch = await fetch(`${url}?watch=true&resourceVersion=${list.metadata.resourceVersion}`, { signal });
  if (!watch.ok || watch.body === null) return;
  for await (const line of lines(watch.body)) {
    const { type, object } = JSON.parse(line) as Event<T>;
    if (type === "ERROR") return;
    if (type === "BOOKMARK") continue;
    if (type === "DELETED") objects.delete(object.metadata.name);
    else objects.set(object.metadata.name, object);
    onChange([...objects.values()]);
  }
}

async function* lines(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    yield* parts.filter((part) => part !== "");
  }
}
