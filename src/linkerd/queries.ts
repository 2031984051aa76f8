/**
 * linkerd/ — how Linkerd spells health.
 *
 * The only room that knows Linkerd's names: metric families, labels, annotations. It makes texts and reads answers; it
 * must never send anything, look at a clock or judge what it reads.
 */

/** Above this many namespaces a query is not scoped any more: Prometheus would spend more on the pattern than it saves. */
export const SCOPED_NAMESPACES_LIMIT = 200;

/**
 * Requests by leaf and class in a window, for all routes together. Clients' proxies count them per endpoint; requests
 * that never reached an endpoint are not among them (see `apexQuery`).
 */
export function leafQuery(namespaces: readonly string[], windowMs: number): string {
  const scope = alternatives(namespaces);
  const matcher = scope === null ? "" : `,dst_namespace=~${quoted(scope)}`;
  return `sum by (authority, dst_service, dst_namespace, classification) (${counted(`response_total{direction="outbound"${matcher}}`, windowMs)})`;
}

/**
 * Requests by apex and class in a window, as TrafficSplit clients saw them. It is the only family on that path that
 * counts requests which found no endpoint to go to.
 */
export function apexQuery(namespaces: readonly string[], windowMs: number): string {
  const scope = alternatives(namespaces);
  const matcher = scope === null ? "" : `,dst=~${quoted(`[^.]+\\.(${scope})\\.svc\\..+`)}`;
  return `sum by (dst, classification) (${counted(`route_response_total{direction="outbound"${matcher}}`, windowMs)})`;
}

/**
 * What these counters counted in the window, a series each.
 *
 * `increase()` knows nothing of a series with one sample, and the first value of a series never counts: the failures
 * of a backend that never failed before would show a scrape late. A series that was not there a window ago has
 * counted all it shows since then, if its client was already being scraped (else it may be an old counter that
 * Prometheus sees for the first time, with the failures of weeks).
 */
function counted(selector: string, windowMs: number): string {
  const window = duration(windowMs);
  const then = `${selector} offset ${window}`;
  return `((${selector} unless ${then}) and on (job, instance, pod) ${then}) or increase(${selector}[${window}])`;
}

/** Sorted and without doubles, so that the same routes ask the same question; null where there are too many. */
function alternatives(namespaces: readonly string[]): string | null {
  const distinct = [...new Set(namespaces)].sort();
  return distinct.length > SCOPED_NAMESPACES_LIMIT ? null : distinct.map(escapeRegex).join("|");
}

function escapeRegex(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}

function duration(windowMs: number): string {
  return windowMs % 1000 === 0 ? `${windowMs / 1000}s` : `${Math.round(windowMs)}ms`;
}
