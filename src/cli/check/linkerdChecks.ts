import type { ProxyVersion } from "../../linkerd/proxyVersions.ts";
import { type LinkerdVersion, VERSIONS } from "../../linkerd/versions.ts";
import { type Category, type Check, fine } from "./checkReport.ts";
import type { PrometheusFacts } from "./lookAtPrometheus.ts";

/** Which Linkerd the proxies are of, and what a later one would bring. Nothing is said where they do not tell. */
export function linkerdChecks({ proxies }: PrometheusFacts): Category {
  const found = proxies.ok ? proxies.value : [];
  const oldest = found.find(({ linkerd }) => linkerd !== null)?.linkerd ?? null;
  return { categoryName: "linkerd", checks: [...found.map(versionCheck), ...(oldest === null ? [] : gainChecks(oldest))] };
}

function versionCheck({ version, proxies, linkerd }: ProxyVersion): Check {
  const count = proxies === 1 ? "1 proxy is" : `${proxies} proxies are`;
  if (linkerd === null) return fine(`${count} of version ${version}, which is no release that is known here`);
  const edge = linkerd.edge === null ? "" : `, or edge releases from ${linkerd.edge} on`;
  return fine(`${count} of version ${version}: Linkerd ${linkerd.version}${edge}`);
}

function gainChecks(oldest: LinkerdVersion): readonly Check[] {
  const later = VERSIONS.slice(VERSIONS.indexOf(oldest) + 1);
  return later.flatMap(({ version, changes }) =>
    changes.flatMap(({ gain }) => (gain === null ? [] : [fine(`Linkerd ${version} would also give: ${gain}`)])),
  );
}
