import { randomUUID } from "node:crypto";
import { hostname } from "node:os";

const SEPARATOR = "_";

/** The name of this process in the Lease and in annotations: its host name (in a cluster, its pod) and a random UUID. */
export function createIdentity(): string {
  return `${hostname()}${SEPARATOR}${randomUUID()}`;
}

/** The pod name in an identity. The names of a Deployment's pods are short enough to be host names. */
export function podOf(identity: string): string {
  const end = identity.lastIndexOf(SEPARATOR);
  return end < 0 ? identity : identity.slice(0, end);
}
