import { BY_ROUTE_SINCE } from "../../../linkerd/families.ts";
import { isOlder, type ProxyVersion } from "../../../linkerd/proxyVersions.ts";
import { type LinkerdVersion, VERSIONS } from "../../../linkerd/versions.ts";
import type { Route } from "../../../routes/route.ts";
import { type Category, type Check, fine, listed, warning } from "./checkReport.ts";
import { flagChecks, type LinkerdFlags } from "./linkerdFlags.ts";
import type { ClusterFacts } from "./readCluster.ts";
import type { PrometheusFacts } from "./readPrometheus.ts";

/** Where Linkerd and linkerd-viz are. A missing one is no failure: only scraped proxies are required. */
function installationChecks(
  { linkerd: { controlPlane, viz }, version }: ClusterFacts,
  { linkerdNamespace }: LinkerdFlags,
): readonly Check[] {
  if (!version.ok) return [];
  if (controlPlane === null || viz === null)
    return [fine("Linkerd was not checked: this user may not list the Services of all namespaces")];
  const noLinkerd = {
    error: "the cluster has no Service of its control plane: without Linkerd no client follows the weights",
    hint: "install Linkerd, or select its cluster with --context",
  };
  const elsewhere = { error: `it is in ${listed(controlPlane)}`, hint: "--linkerd-namespace must name its namespace" };
  const isElsewhere = linkerdNamespace && !controlPlane.includes(linkerdNamespace);
  return [
    controlPlane.length === 0
      ? warning("Linkerd's control plane is found", noLinkerd)
      : isElsewhere
        ? warning(`Linkerd's control plane is in ${linkerdNamespace}`, elsewhere)
        : fine(`Linkerd's control plane is in ${listed(controlPlane)}`),
    fine(viz.length > 0 ? `linkerd-viz is in ${listed(viz)}` : "linkerd-viz is not installed: another Prometheus must scrape the proxies"),
  ];
}

/** The category `linkerd`: installations, proxy versions, whether they are too old, and what later versions add. */
export function linkerdChecks(
  cluster: ClusterFacts,
  facts: PrometheusFacts | null,
  routes: readonly Route[],
  flags: LinkerdFlags,
): Category {
  const checks = [...flagChecks(flags), ...installationChecks(cluster, flags), ...(facts === null ? [] : proxyChecks(facts, routes))];
  return { categoryName: "linkerd", checks };
}

function proxyChecks({ proxies }: PrometheusFacts, routes: readonly Route[]): readonly Check[] {
  const found = proxies.ok ? proxies.value : [];
  const oldest = found.find(({ linkerd }) => linkerd !== null)?.linkerd ?? null;
  const hasGatewayRoutes = routes.some(({ kind }) => kind !== "TrafficSplit");
  const old = hasGatewayRoutes ? found.filter((proxy) => isOlder(proxy, BY_ROUTE_SINCE)) : [];
  return [...found.map(versionCheck), ...ageChecks(old), ...(oldest === null ? [] : gainChecks(oldest))];
}

function versionCheck({ version, proxies, linkerd }: ProxyVersion): Check {
  const count = proxies === 1 ? "1 proxy is" : `${proxies} proxies are`;
  if (linkerd === null) return fine(`${count} of version ${version}, which is not a known release`);
  const edge = linkerd.edge === null ? "" : `, or edge releases from ${linkerd.edge} on`;
  return fine(`${count} of version ${version}: Linkerd ${linkerd.version}${edge}`);
}

/** Checked by version, since newer proxies may have the families that old ones lack. */
function ageChecks(old: readonly ProxyVersion[]): readonly Check[] {
  if (old.length === 0) return [];
  const error = `proxies of version ${old.map(({ version }) => version).join(", ")} do not: their requests that reach no endpoint are not counted`;
  return [
    warning("all proxies count requests by HTTPRoute and GRPCRoute", {
      error,
      hint: `upgrade the data plane to Linkerd ${BY_ROUTE_SINCE} or later`,
    }),
  ];
}

function gainChecks(oldest: LinkerdVersion): readonly Check[] {
  const later = VERSIONS.slice(VERSIONS.indexOf(oldest) + 1);
  return later.flatMap(({ version, changes }) =>
    changes.flatMap(({ gain }) => (gain === null ? [] : [fine(`Linkerd ${version} adds: ${gain}`)])),
  );
}
