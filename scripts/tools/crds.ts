/** The CRDs of others that tests install, out of their Go modules. */
import { ensureModuleCrds, findModuleCrds, type ModuleCrds } from "./moduleCrds.ts";

/** Gateway API's releases that tests install: what Linkerd's newest takes at most and at least, as far as v1 goes. */
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

/** The folder with a release's HTTPRoute and GRPCRoute; null where it was not fetched. */
export function findGatewayApi(version: GatewayApiVersion): string | null {
  return findModuleCrds(gatewayApi(version));
}

/** The folder with the monitors and rules of the Prometheus operator; null where it was not fetched. */
export function findPrometheusOperator(): string | null {
  return findModuleCrds(PROMETHEUS_OPERATOR);
}

export function hasAllCrds(): boolean {
  return ALL.every((crds) => findModuleCrds(crds) !== null);
}

/** Makes sure that all are there; a text that says what went wrong where they are not. */
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
