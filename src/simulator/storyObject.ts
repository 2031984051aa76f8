import { CODECS } from "../routes/codecs.ts";
import type { RouteCodec, RouteKind, Spelling } from "../routes/route.ts";

/** A route of a story: its object, as far as a story can change it. */
export interface StorySplit {
  /** Unique for each object, also if two have the same name. */
  readonly uid: string;
  readonly kind: RouteKind;
  readonly namespace: string;
  readonly name: string;
  readonly apex: string;
  weights: readonly (readonly [backend: string, spelling: Spelling])[];
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
  version: number;
  manager: string;
}

/** The codec of a kind. */
export function codecOf(kind: RouteKind): RouteCodec {
  const codec = CODECS.find((candidate) => candidate.kind === kind);
  if (codec === undefined) throw new Error(`no codec for ${kind}`);
  return codec;
}

/** The Kubernetes object of a route. */
export function storyObject(split: StorySplit): object {
  const { group, versions } = codecOf(split.kind).resource;
  return {
    apiVersion: `${group}/${versions[0]}`,
    kind: split.kind.split(".")[0],
    metadata: {
      name: split.name,
      namespace: split.namespace,
      uid: split.uid,
      resourceVersion: String(split.version),
      labels: { "failover.linkerd.io/controlled-by": "linkerd-failover", ...split.labels },
      annotations: split.annotations,
      managedFields: [
        { manager: split.manager, operation: "Update", time: "2026-01-01T00:00:00Z", fieldsV1: { "f:spec": writtenOf(split) } },
      ],
    },
    spec: specOf(split),
  };
}

function writtenOf({ kind }: StorySplit): object {
  return kind === "TrafficSplit" ? { "f:backends": {} } : { "f:rules": {} };
}

function specOf({ kind, namespace, apex, weights }: StorySplit): object {
  if (kind === "TrafficSplit") return { service: apex, backends: weights.map(([service, weight]) => ({ service, weight })) };
  const backendRefs = weights.map(([backend, weight]) => ({ ...namedIn(backend, namespace), port: 80, weight }));
  return { parentRefs: [{ group: "", kind: "Service", ...namedIn(apex, namespace), port: 80 }], rules: [{ backendRefs }] };
}

/** A Service named as a backend: `name`, or `name.namespace`. */
function namedIn(backend: string, namespace: string): { readonly name: string; readonly namespace: string } {
  const [name = "", other = namespace] = backend.split(".");
  return { name, namespace: other };
}
