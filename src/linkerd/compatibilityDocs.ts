import { EVIDENCE_SOURCES } from "./evidenceSources.ts";
import { MULTICLUSTER_MODES } from "./multiclusterModes.ts";
import { VERSIONS } from "./versions.ts";

/** A Markdown table of Linkerd versions: what is new, and what works since then. */
export function versionsDocs(): string {
  const rows = VERSIONS.map(({ version, edge, proxy, released, changes }) => {
    const gains = changes.flatMap(({ gain }) => (gain === null ? [] : [gain]));
    return [version, edge ?? "", proxy, released, changes.map(({ what }) => what).join("; "), gains.join("; ")];
  });
  return table(["Linkerd", "edge release", "proxy", "released", "what is new", "what works since then"], rows);
}

/** A Markdown table of multicluster modes and signals. */
export function modesDocs(): string {
  const rows = MULTICLUSTER_MODES.flatMap(({ name, known, signals }) =>
    Object.entries(signals).map(([signal, { works, why }], i) => {
      return [i === 0 ? `${name} (${known})` : "", signal, works ? "yes" : "no", why];
    }),
  );
  return table(["backend", "signal", "works", "how, or why not"], rows);
}

/** A Markdown table of what counts the requests of a route's backends, by path and version. */
export function sourcesDocs(): string {
  const rows = EVIDENCE_SOURCES.map(({ path, since, backends, lost, others }) => [path, since, backends, lost, others]);
  return table(["path", "since Linkerd", "requests of a backend", "requests that reached no backend", "other callers"], rows);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
