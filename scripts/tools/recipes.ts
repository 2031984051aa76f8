/** How each set of tools is built from its Go modules. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Tool } from "./findTool.ts";

export interface Recipe {
  readonly name: "kubernetes" | "prometheus" | "helm";
  /** For progress messages. */
  readonly title: string;
  readonly tools: readonly Tool[];
  /** The Go module whose go.mod has the replaces, and its version. */
  readonly module: string;
  readonly version: string;
  /** Packages with versions, in the format of `go get`. */
  readonly packages: readonly { readonly path: string; readonly version: string; readonly tool: Tool }[];
  /** Flags for the linker, such as the version of the binary. */
  readonly linkerFlags: readonly string[];
  /** The `replace` lines, given the folder of the module's source. */
  readonly replaces: (moduleDir: string) => readonly string[];
  readonly goVersion: string;
}

const KUBERNETES_VERSION = "1.36.3";
const ETCD_VERSION = "3.6.8";
/** The version that linkerd-viz ships: Prometheus 2.55.1 is v0.55.1 as a Go module. */
const PROMETHEUS_VERSION = "0.55.1";
const HELM_VERSION = "3.22.0";

export const RECIPES: readonly Recipe[] = [
  {
    name: "kubernetes",
    title: `kube-apiserver ${KUBERNETES_VERSION} and etcd ${ETCD_VERSION}`,
    tools: ["kube-apiserver", "etcd"],
    module: "k8s.io/kubernetes",
    version: `v${KUBERNETES_VERSION}`,
    packages: [
      { path: "k8s.io/kubernetes/cmd/kube-apiserver", version: `v${KUBERNETES_VERSION}`, tool: "kube-apiserver" },
      { path: "go.etcd.io/etcd/server/v3", version: `v${ETCD_VERSION}`, tool: "etcd" },
    ],
    linkerFlags: versionFlags(),
    replaces: stagingReplaces,
    goVersion: "1.26.0",
  },
  {
    name: "prometheus",
    title: `prometheus and promtool 2.55.1`,
    tools: ["prometheus", "promtool"],
    module: "github.com/prometheus/prometheus",
    version: `v${PROMETHEUS_VERSION}`,
    packages: [
      { path: "github.com/prometheus/prometheus/cmd/prometheus", version: `v${PROMETHEUS_VERSION}`, tool: "prometheus" },
      { path: "github.com/prometheus/prometheus/cmd/promtool", version: `v${PROMETHEUS_VERSION}`, tool: "promtool" },
    ],
    linkerFlags: [],
    replaces: () => [
      "k8s.io/klog => github.com/simonpasquier/klog-gokit v0.3.0",
      "k8s.io/klog/v2 => github.com/simonpasquier/klog-gokit/v3 v3.5.0",
    ],
    goVersion: "1.23.0",
  },
  {
    name: "helm",
    title: `helm ${HELM_VERSION}`,
    tools: ["helm"],
    module: "helm.sh/helm/v3",
    version: `v${HELM_VERSION}`,
    packages: [{ path: "helm.sh/helm/v3/cmd/helm", version: `v${HELM_VERSION}`, tool: "helm" }],
    linkerFlags: helmFlags(),
    replaces: () => [],
    goVersion: "1.25.0",
  },
];

/** In the go.mod of Kubernetes, staging modules are local folders; from outside, they are separate modules with versions v0.X.Y. */
function stagingReplaces(moduleDir: string): string[] {
  const goMod = readFileSync(join(moduleDir, "go.mod"), "utf8");
  const version = KUBERNETES_VERSION.replace(/^1\./, "v0.");
  return [...goMod.matchAll(/^\s*(?:replace\s+)?(k8s\.io\/\S+) => \.\/staging/gm)].map(([, module]) => `${module} => ${module} ${version}`);
}

/** Without these flags, the binary would report the version v0.0.0-master. */
function versionFlags(): string[] {
  const [major, minor] = KUBERNETES_VERSION.split(".");
  const known = { gitVersion: `v${KUBERNETES_VERSION}`, gitMajor: major, gitMinor: minor };
  return Object.entries(known).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
}

/** Without these flags, helm would render charts for a very old Kubernetes. */
function helmFlags(): string[] {
  const [major, minor] = KUBERNETES_VERSION.split(".");
  const kubernetes = ["pkg/chartutil", "pkg/lint/rules"].flatMap((folder) => [
    `${folder}.k8sVersionMajor=${major}`,
    `${folder}.k8sVersionMinor=${minor}`,
  ]);
  return [`internal/version.version=v${HELM_VERSION}`, ...kubernetes].map((setting) => `-X helm.sh/helm/v3/${setting}`);
}
