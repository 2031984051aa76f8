/** Whether a signal works with a kind of backend. */
export interface SignalUse {
  readonly works: boolean;
  readonly why: string;
}

/** A kind of backend, by where its endpoints are. */
export interface MulticlusterMode {
  readonly name: string;
  /** How it is recognized. */
  readonly known: string;
  readonly signals: Readonly<Record<"readiness" | "successRate" | "latency" | "unanswered" | "gateway", SignalUse>>;
}

const NO_ENDPOINTS: SignalUse = {
  works: false,
  why: "it never has endpoints in this cluster, so a count of zero is no evidence",
};
const NO_GATEWAY: SignalUse = {
  works: false,
  why: "no gateway is involved; for its link `gateway_alive` is always 0, and `gateway_enabled` is 0",
};
const MEMBERS = "of all members together: no label names the cluster that served a request";

export const MULTICLUSTER_MODES: readonly MulticlusterMode[] = [
  {
    name: "local Service",
    known: "none of the labels and annotations below",
    signals: {
      readiness: { works: true, why: "its EndpointSlices" },
      successRate: { works: true, why: "`response_total` by `authority`" },
      latency: { works: true, why: "`response_latency_ms_bucket` by `authority`" },
      unanswered: { works: true, why: "`request_total` against `response_total`, by `authority`" },
      gateway: { works: false, why: "it has none" },
    },
  },
  {
    name: "gateway mirror",
    known: "labels `mirror.linkerd.io/mirrored-service=true` and `mirror.linkerd.io/cluster-name`",
    signals: {
      readiness: {
        works: true,
        why: "not ready while the gateway is down or the remote Service has no endpoints; unchanged while the remote API server is away",
      },
      successRate: {
        works: true,
        why: "by the mirror's own name; a request that fails behind a live gateway is answered with 5xx and counted",
      },
      latency: { works: true, why: "including the path to the other cluster" },
      unanswered: { works: true, why: "by the mirror's own name" },
      gateway: { works: true, why: "`gateway_alive`, where `gateway_enabled` is 1, of the cluster that the label names" },
    },
  },
  {
    name: "flat mirror",
    known: "label `multicluster.linkerd.io/remote-discovery`",
    signals: {
      readiness: NO_ENDPOINTS,
      successRate: { works: true, why: "by `authority` only: its `dst_service` is the remote name, usually that of the local primary" },
      latency: { works: true, why: "by `authority` only, including the path to the other cluster" },
      unanswered: { works: true, why: "by `authority` only" },
      gateway: NO_GATEWAY,
    },
  },
  {
    name: "federated Service",
    known: "annotation `multicluster.linkerd.io/remote-discovery` or `…/local-discovery`",
    signals: {
      readiness: NO_ENDPOINTS,
      successRate: { works: true, why: MEMBERS },
      latency: { works: true, why: MEMBERS },
      unanswered: { works: true, why: MEMBERS },
      gateway: NO_GATEWAY,
    },
  },
];
