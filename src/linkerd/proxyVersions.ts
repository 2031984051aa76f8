import type { Sample } from "./counts.ts";
import { type LinkerdVersion, VERSIONS } from "./versions.ts";

/** Counts the scraped proxies by version. */
export const PROXY_VERSIONS_QUERY = "count by (version) (proxy_build_info)";

export interface ProxyVersion {
  /** As the proxy reports it, such as `2.326.0`. */
  readonly version: string;
  readonly proxies: number;
  /** The newest Linkerd version whose proxy is not newer; null for a build that is not a release, or is older than all known ones. */
  readonly linkerd: LinkerdVersion | null;
}

/** Reads the answer to the query, the oldest version first. */
export function readProxyVersions(samples: readonly Sample[]): readonly ProxyVersion[] {
  const found = samples.map(({ labels, value }) => ({
    version: labels["version"] || "unknown",
    proxies: Number.isFinite(value) ? value : 0,
    linkerd: linkerdOf(labels["version"] ?? ""),
  }));
  return found.sort((a, b) => compare(partsOf(a.version) ?? NO_PARTS, partsOf(b.version) ?? NO_PARTS));
}

/** Whether a proxy is older than that version of Linkerd; false if its version is unknown. */
export function isOlder({ linkerd }: ProxyVersion, than: string): boolean {
  return linkerd !== null && VERSIONS.indexOf(linkerd) < VERSIONS.findIndex(({ version }) => version === than);
}

function linkerdOf(proxy: string): LinkerdVersion | null {
  const parts = partsOf(proxy);
  if (parts === null) return null;
  return VERSIONS.findLast((known) => compare(partsOf(known.proxy) ?? NO_PARTS, parts) <= 0) ?? null;
}

type Parts = readonly [number, number, number];

const NO_PARTS: Parts = [0, 0, 0];

/** Null if it is not a release, such as `0.0.0-dev`. */
function partsOf(version: string): Parts | null {
  const match = /^v?(\d+)\.(\d+)\.(\d+)$/.exec(version);
  return match === null ? null : [Number(match[1]), Number(match[2]), Number(match[3])];
}

function compare(a: Parts, b: Parts): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}
