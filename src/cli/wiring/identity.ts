import { randomUUID } from "node:crypto";
import { hostname } from "node:os";

const SEPARATOR = "_";

/** Who this process is in the Lease and in annotations: its host, which in a cluster is its pod, and something of its own. */
export function createIdentity(): string {
  return `${hostname()}${SEPARATOR}${randomUUID()}`;
}

/** The pod that an identity is of. A Deployment's pods are called as their host: such names are cut short enough for that. */
export function podOf(identity: string): string {
  const end = identity.lastIndexOf(SEPARATOR);
  return end < 0 ? identity : identity.slice(0, end);
}
