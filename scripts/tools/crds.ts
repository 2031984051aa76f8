/** Third-party CRDs that tests install, from their Go modules. */
import { ensureModuleCrds, findModuleCrds, type ModuleCrds } from "./moduleCrds.ts";

/** The newest and the oldest v1 release of Gateway API that the newest Linkerd supports. */
const GATEWAY_API_VERSIONS = ["1.4.1", "1.2.1"] as const;
export type GatewayApiVersion = (typeof GATEWAY_API_VERSIONS)[number];

const PROMETHEUS_OPERATOR_VERSION = "0.85.0";

const PROMETHEUS_OPERATOR: ModuleCrds = {
  title: `the CRDs of the Prometheus operator ${PROMETHEUS_OPERATOR_VERSION}`,
  module: `github.com/prometheus-operator/prometheus-operator@v${PROMETHEUS_OPERATOR_VERSION}`,
  files: ["podmonitors", "servicemonitors", "prometheusrules"].map(
    (plural) => `example/prometheus-operator-crd/monitoring.coreos.com_${plural}.yaml`,
  ),
  folder: `prometheus-operator/${PROMETHEUS_OPERATOR_VERSION}`,
};

const ALL = [...GATEWAY_API_VERSIONS.map(gatewayApi), PROMETHEUS_OPERATOR];

/** The folder with the HTTPRoute and GRPCRoute CRDs of a release; null if it was not fetched. */
export function findGatewayApi(version: GatewayApiVersion): string | null {
  return findModuleCrds(gatewayApi(version));
}

/** The folder with the monitor and rule CRDs of the Prometheus operator; null if it was not fetched. */
export function findPrometheusOperator(): string | null {
  return findModuleCrds(PROMETHEUS_OPERATOR);
}

export function hasAllCrds(): boolean {
  return ALL.every((crds) => findModuleCrds(crds) !== null);
}

/** Fetches the CRDs that are missing; returns null, or the error. */
export async function ensureAllCrds(say: (line: string) => void): Promise<string | null> {
  for (const crds of ALL) {
    const error = await ensureModuleCrds(crds, say);
    if (error !== null) return error;
  }
  return null;
}

function gatewayApi(version: GatewayApiVersion): ModuleCrds {
  return {
    title: `the CRDs of Gateway API ${version}`,
    module: `sigs.k8s.io/gateway-api@v${version}`,
    files: ["httproutes", "grpcroutes"].map((plural) => `config/crd/standard/gateway.networking.k8s.io_${plural}.yaml`),
    folder: `gateway-api/${version}`,
  };
}
