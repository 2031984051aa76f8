import { type ApiServer, send } from "../world/plainHttp.ts";
import { USERS, type User } from "./harness/kubeApiserver.ts";

const REVIEWS = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
const VERBS = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "impersonate", "bind", "escalate", "use"];
/** Number of reviews in flight at once. */
const AT_ONCE = 16;

interface Resource {
  readonly group: string;
  /** With the subresource, for example `pods/exec`. */
  readonly name: string;
  readonly namespaced: boolean;
}

/**
 * Every action that RBAC allows a user, out of all verbs on all resources of the server, in each of these namespaces and
 * cluster-wide (namespace `*`), as `VERB RESOURCE.GROUP NAMESPACE`. Actions that every authenticated user may do are left out.
 */
export async function allowedActions(admin: ApiServer, user: User, namespaces: readonly string[]): Promise<readonly string[]> {
  const actions = (await resourcesOf(admin)).flatMap((resource) =>
    VERBS.flatMap((verb) => (resource.namespaced ? ["*", ...namespaces] : ["*"]).map((namespace) => ({ ...resource, verb, namespace }))),
  );
  const allowed: string[] = [];
  const ask = async (who: User, { group, name, verb, namespace }: (typeof actions)[number]): Promise<boolean> => {
    const [resource, subresource] = name.split("/");
    const resourceAttributes = { verb, group, resource, subresource, ...(namespace !== "*" && { namespace }) };
    const { body } = await send(admin, "POST", REVIEWS, {
      spec: { user: USERS[who].name, groups: [...USERS[who].groups], resourceAttributes },
    });
    return body.status.allowed === true;
  };
  const left = actions.values();
  const worker = async () => {
    for (const action of left) {
      if ((await ask(user, action)) && !(await ask("other", action)))
        allowed.push(`${action.verb} ${action.name}${action.group === "" ? "" : `.${action.group}`} ${action.namespace}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return allowed.sort();
}

/** The actions that the controller needs: for these kinds of route in these namespaces, and in its own namespace. */
export function controllersActions(routes: readonly string[], watched: readonly string[], own: string): readonly string[] {
  const actions = watched.flatMap((namespace) => [
    ...routes.flatMap((route) => ["get", "list", "watch", "patch"].map((verb) => `${verb} ${route} ${namespace}`)),
    ...["services", "endpointslices.discovery.k8s.io"].flatMap((what) => [`list ${what} ${namespace}`, `watch ${what} ${namespace}`]),
    `create events.events.k8s.io ${namespace}`,
    `list events.events.k8s.io ${namespace}`,
  ]);
  return [...new Set([...actions, `create leases.coordination.k8s.io ${own}`, `create events.events.k8s.io ${own}`])].sort();
}

async function resourcesOf(admin: ApiServer): Promise<readonly Resource[]> {
  const groups = (await send(admin, "GET", "/apis")).body.groups as { preferredVersion: { groupVersion: string } }[];
  const paths = ["/api/v1", ...groups.map(({ preferredVersion }) => `/apis/${preferredVersion.groupVersion}`)];
  const found = await Promise.all(
    paths.map(async (path) => {
      const group = path.startsWith("/apis/") ? (path.split("/")[2] ?? "") : "";
      const { resources } = (await send(admin, "GET", path)).body as { resources: { name: string; namespaced: boolean }[] };
      return resources.map(({ name, namespaced }): Resource => ({ group, name, namespaced }));
    }),
  );
  return found.flat();
}
