import { type Right, rightsAtHome, rightsOnRoutes } from "../src/cli/commands/check/rights.ts";
import { CODECS } from "../src/routes/codecs.ts";

const NAME = "linkerd-failover";
const API = "rbac.authorization.k8s.io";
const GENERATED =
  "Written by `npm run docs` from src/cli/commands/check/rights.ts, where each right is named that the controller has a use for.";

/** The manifests in `deploy/` that give the controller its rights: each file with its text. */
export function rbacManifests(): readonly { readonly file: string; readonly text: string }[] {
  const onRoutes = routeRules();
  const atHome = rulesOf(rightsAtHome(NAME));
  const lease = rulesOf(rightsAtHome(NAME).filter(({ resource }) => resource === "leases"));
  const everywhere = "Everything that the controller may do in all namespaces, and nothing else. It never creates or deletes a route.";
  const home = "What a controller with --watch-namespaces may do in its own namespace. No ClusterRole goes with it.";
  const watched = `What it may do in a watched namespace. For each of them: kubectl apply -n NAMESPACE -f deploy/rbac-watched-namespace.yaml`;
  return [
    {
      file: "deploy/rbac.yaml",
      text: manifest(everywhere, [...SELF, ...bound("ClusterRole", null, onRoutes), ...bound("Role", NAME, lease)]),
    },
    { file: "deploy/rbac-own-namespace.yaml", text: manifest(home, [...SELF, ...bound("Role", NAME, atHome)]) },
    { file: "deploy/rbac-watched-namespace.yaml", text: manifest(watched, bound("Role", null, onRoutes)) },
  ];
}

/** The same rules as the chart's templates take them: what it may do to routes, and what in its own namespace. */
export function chartRights(): { readonly onRoutes: string; readonly atHome: string } {
  const list = (rules: readonly string[]) => `# ${GENERATED}\n${rules.join("\n").replaceAll(/^ {2}/gm, "")}\n`;
  return { onRoutes: list(routeRules()), atHome: list(rulesOf(rightsAtHome(NAME))) };
}

function routeRules(): readonly string[] {
  return rulesOf(rightsOnRoutes(CODECS.map(({ resource }) => resource)).map(withGet));
}

const SELF = [
  `apiVersion: v1
kind: Namespace
metadata:
  name: ${NAME}`,
  `apiVersion: v1
kind: ServiceAccount
metadata:
  name: ${NAME}
  namespace: ${NAME}`,
];

function manifest(what: string, documents: readonly string[]): string {
  return `# ${what}\n# ${GENERATED}\n${documents.join("\n---\n")}\n`;
}

/** A role with its binding to the ServiceAccount; without a namespace it goes where it is applied. */
function bound(kind: "Role" | "ClusterRole", namespace: string | null, rules: readonly string[]): readonly string[] {
  const metadata = `metadata:\n  name: ${NAME}${namespace === null ? "" : `\n  namespace: ${namespace}`}`;
  return [
    `apiVersion: ${API}/v1\nkind: ${kind}\n${metadata}\nrules:\n${rules.join("\n")}`,
    `apiVersion: ${API}/v1
kind: ${kind}Binding
${metadata}
roleRef:
  apiGroup: ${API}
  kind: ${kind}
  name: ${NAME}
subjects:
  - kind: ServiceAccount
    name: ${NAME}
    namespace: ${NAME}`,
  ];
}

/** The owner's commands read one route where the controller lists all, and may be run with its ServiceAccount. */
function withGet(right: Right): Right {
  return right.verbs.includes("patch") ? { ...right, verbs: ["get", ...right.verbs] } : right;
}

/** A rule for each right; one with a name of its own says so, which a create cannot: its object has no name yet. */
function rulesOf(rights: readonly Right[]): readonly string[] {
  return rights.map(({ group, resource, name, verbs }) =>
    [
      `  - apiGroups: [${group === "" ? '""' : group}]`,
      `    resources: [${resource}]`,
      ...(name === undefined ? [] : [`    resourceNames: [${name}]`]),
      `    verbs: [${verbs.join(", ")}]`,
    ].join("\n"),
  );
}
