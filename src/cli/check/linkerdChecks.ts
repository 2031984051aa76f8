import { BY_ROUTE_SINCE } from "../../linkerd/families.ts";
import { isOlder, type ProxyVersion } from "../../linkerd/proxyVersions.ts";
import { type LinkerdVersion, VERSIONS } from "../../linkerd/versions.ts";
import type { Route } from "../../routes/route.ts";
import { type Category, type Check, fine, warning } from "./checkReport.ts";
import type { PrometheusFacts } from "./lookAtPrometheus.ts";

/** Which Linkerd the proxies are of, whether that is too old for these routes, and what a later one would bring. Nothing is said where they do not tell. */
export function linkerdChecks({ proxies }: PrometheusFacts, routes: readonly Route[]): Category {
  const found = proxies.ok ? proxies.value : [];
  const oldest = found.find(({ linkerd }) => linkerd !== null)?.linkerd ?? null;
  const hasGatewayRoutes = routes.some(({ kind }) => kind !== "TrafficSplit");
  const old = hasGatewayRoutes ? found.filter((proxy) => isOlder(proxy, BY_ROUTE_SINCE)) : [];
  return {
    categoryName: "linkerd",
    checks: [...found.map(versionCheck), ...ageChecks(old), ...(oldest === null ? [] : gainChecks(oldest))],
  };
}

function versionCheck({ version, proxies, linkerd }: ProxyVersion): Check {
  const count = proxies === 1 ? "1 proxy is" : `${proxies} proxies are`;
  if (linkerd === null) return fine(`${count} of version ${version}, which is no release that is known here`);
  const edge = linkerd.edge === null ? "" : `, or edge releases from ${linkerd.edge} on`;
  return fine(`${count} of version ${version}: Linkerd ${linkerd.version}${edge}`);
}

/** The families may be there all the same, from newer proxies. */
function ageChecks(old: readonly ProxyVersion[]): readonly Check[] {
  if (old.length === 0) return [];
  const error = `those of version ${old.map(({ version }) => version).join(", ")} do not: failures of their clients that reach no endpoint are not seen`;
  return [
    warning("all proxies count requests by HTTPRoute and GRPCRoute", {
      error,
      hint: `bring the data plane to Linkerd ${BY_ROUTE_SINCE} or later`,
    }),
  ];
}

function gainChecks(oldest: LinkerdVersion): readonly Check[] {
  const later = VERSIONS.slice(VERSIONS.indexOf(oldest) + 1);
  return later.flatMap(({ version, changes }) =>
    changes.flatMap(({ gain }) => (gain === null ? [] : [fine(`Linkerd ${version} would also give: ${gain}`)])),
  );
}
