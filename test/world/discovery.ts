import { type ApiResource, groupVersion } from "./apiResource.ts";

/** `/apis/GROUP/VERSION`. */
const LONGEST_PATH = 3;
const VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

/** The answer to a discovery path (`/api`, `/apis`, `/apis/G`, `/apis/G/V`, `/version`); null for other paths. */
export function discover(path: string, resources: readonly ApiResource[]): object | null {
  const steps = path.split("/").slice(1);
  if (steps.length > LONGEST_PATH) return null;
  if (path === "/version") return { major: "1", minor: "36", gitVersion: "v1.36.0-double", platform: "linux/amd64" };
  if (path === "/api") return { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: [] };
  if (path === "/api/v1") return resourceList("", "v1", resources);
  if (path === "/apis")
    return { kind: "APIGroupList", apiVersion: "v1", groups: groupsOf(resources).map((group) => apiGroup(group, resources)) };
  const [root, group, version] = steps;
  if (root !== "apis" || group === undefined || !groupsOf(resources).includes(group)) return null;
  if (steps.length === 2) return { kind: "APIGroup", apiVersion: "v1", ...apiGroup(group, resources) };
  if (steps.length === 3 && version !== undefined && versionsOf(group, resources).includes(version))
    return resourceList(group, version, resources);
  return null;
}

function groupsOf(resources: readonly ApiResource[]): string[] {
  return [...new Set(resources.map((resource) => resource.group))].filter((group) => group !== "");
}

function versionsOf(group: string, resources: readonly ApiResource[]): string[] {
  return [...new Set(resources.filter((resource) => resource.group === group).flatMap((resource) => resource.versions))];
}

function apiGroup(group: string, resources: readonly ApiResource[]) {
  const versions = versionsOf(group, resources).map((version) => ({ groupVersion: groupVersion(group, version), version }));
  return { name: group, versions, preferredVersion: versions[0] };
}

function resourceList(group: string, version: string, resources: readonly ApiResource[]) {
  return {
    kind: "APIResourceList",
    apiVersion: "v1",
    groupVersion: groupVersion(group, version),
    resources: resources
      .filter((resource) => resource.group === group && resource.versions.includes(version))
      .map(({ plural, kind, namespaced }) => ({ name: plural, singularName: kind.toLowerCase(), namespaced, kind, verbs: VERBS })),
  };
}
