import { z } from "zod";
import { ALERT_GROUPS } from "../../dashboards/alerts.ts";
import { LOG_FORMATS, LOG_LEVELS } from "../../src/cli/wiring/logger.ts";
import { DURATION_PATTERN } from "../../src/rules/duration.ts";
import { rulesFileSchema } from "../../src/rules/rulesSchema.ts";
import { INTERVAL_PATTERN } from "./intervalPattern.ts";

const DNS_LABEL = z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
const DNS_NAME = z.string().regex(/^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/);
const NAME_OR_NONE = z.union([z.literal(""), DNS_NAME]);
const DURATION = z.string().regex(new RegExp(DURATION_PATTERN));
const TEXTS = z.record(z.string(), z.string());
/** The pod labels that the chart sets and that its selectors use. */
const OWN_LABELS = ["name", "instance", "component", "version", "managed-by", "part-of"].map((name) => `app.kubernetes.io/${name}`);
const MORE_LABELS = z
  .object(Object.fromEntries(["helm.sh/chart", ...OWN_LABELS].map((label) => [label, z.never().exactOptional()])))
  .catchall(z.string());
/** Types of Kubernetes, which the API server checks. */
const KUBERNETES_MAP = z.record(z.string(), z.unknown());
const KUBERNETES_LIST = z.array(KUBERNETES_MAP);

const WEB_PAGE = z.union([z.literal(""), z.string().regex(/^https?:\/\/\S+$/)]);
/** Null leaves it out. Helm removes a value that is null before it checks the schema. */
const SECURITY_CONTEXT = KUBERNETES_MAP.nullable().exactOptional();

const monitor = z.strictObject({ create: z.boolean(), namespace: NAME_OR_NONE, labels: TEXTS, interval: DURATION });

const image = z.strictObject({
  repository: z.string().min(1),
  tag: z.string(),
  digest: z.string().regex(/^(sha256:[0-9a-f]{64})?$/),
  pullPolicy: z.enum(["Always", "IfNotPresent", "Never"]),
});

const prometheus = z.strictObject({
  url: z.union([z.literal(""), z.string().regex(/^https?:\/\/[^\s@?#]+$/)]),
  policy: z.strictObject({ create: z.boolean(), namespace: DNS_LABEL, server: DNS_NAME }),
  bearerToken: z.strictObject({ secretName: NAME_OR_NONE, key: z.string().min(1) }),
  basicAuth: z.strictObject({ username: z.string(), secretName: NAME_OR_NONE, key: z.string().min(1) }),
  ca: z.strictObject({ configMapName: NAME_OR_NONE, secretName: NAME_OR_NONE, key: z.string().min(1) }),
  clientCert: z.strictObject({ secretName: NAME_OR_NONE }),
  headers: z.record(z.string().regex(/^[A-Za-z0-9._-]+$/), z.string().regex(/^[^\r\n]+$/)),
  secretHeaders: z.strictObject({ secretName: NAME_OR_NONE, key: z.string().min(1) }),
  params: z.record(z.string().regex(/^[^\s=]+$/), z.union([z.string().regex(/^[^\r\n]*$/), z.boolean()])),
  selector: z.string(),
});

const fastLane = z.strictObject({
  enabled: z.boolean(),
  image: image.omit({ digest: true }),
  scrapeInterval: z.string().regex(/^([1-9]|10)s$/),
  latency: z.boolean(),
  namespaces: z.array(DNS_LABEL).meta({ uniqueItems: true }),
  resources: KUBERNETES_MAP,
  dataLimit: z.string().regex(/^[0-9]+[MG]i$/),
});

/** What may be changed of one alert. */
const alertSettings = z.strictObject({
  enabled: z.boolean().exactOptional(),
  for: z
    .string()
    .regex(/^([0-9]+(ms|[smhdwy]))+$/)
    .exactOptional(),
  severity: z.string().min(1).exactOptional(),
});

const alerts = z.strictObject({
  runbookUrl: z.union([z.literal(""), z.string().regex(/^https?:\/\/[^\s#]+$/)]),
  labels: TEXTS,
  settings: z.strictObject(
    Object.fromEntries(ALERT_GROUPS.flatMap((group) => group.alerts.map(({ name }) => [name, alertSettings.exactOptional()]))),
  ),
  prometheusRule: z.strictObject({ create: z.boolean(), namespace: NAME_OR_NONE, labels: TEXTS }),
  configMap: z.strictObject({ create: z.boolean(), namespace: DNS_LABEL }),
});

/** What other charts call a value of this one. The schema lets them pass, so that a template can name the right one. */
export const FOREIGN_VALUES = {
  args: "extraArgs",
  config: "rules",
  containerSecurityContext: "securityContext",
  env: "extraEnv",
  grafana: "dashboard",
  podMonitor: "metrics.podMonitor",
  prometheusRule: "alerts.prometheusRule",
  prometheusUrl: "prometheus.url",
  rbac: "serviceAccount.create",
  replicaCount: "replicas",
  serviceMonitor: "metrics.serviceMonitor",
  volumeMounts: "extraVolumeMounts",
  volumes: "extraVolumes",
  watchNamespace: "watchNamespaces",
} as const;

const foreign = z.strictObject(
  Object.fromEntries(
    Object.entries(FOREIGN_VALUES).map(([name, own]) => [
      name,
      z
        .unknown()
        .meta({ description: `Refused: it is called ${own} here.` })
        .optional(),
    ]),
  ),
);

/** The values of the chart. All have a default in `values.yaml`, so a user may set any subset. */
export const valuesSchema = z.strictObject({
  enabled: z.boolean(),
  image,
  imagePullSecrets: z.array(z.strictObject({ name: DNS_NAME })),
  fullnameOverride: z.union([z.literal(""), DNS_LABEL]),
  nameOverride: z.union([z.literal(""), DNS_LABEL]),
  commonLabels: MORE_LABELS,
  selector: z.string().regex(/^([A-Za-z0-9._/-]+=[A-Za-z0-9._-]*)?$/),
  watchNamespaces: z.array(DNS_LABEL).meta({ uniqueItems: true }),
  maxRoutesPerNamespace: z.int().min(1).max(999_999),
  interval: z.string().regex(new RegExp(INTERVAL_PATTERN)),
  dryRun: z.boolean(),
  logLevel: z.enum(LOG_LEVELS),
  logFormat: z.enum(LOG_FORMATS),
  rules: rulesFileSchema,
  prometheus,
  fastLane,
  serviceAccount: z.strictObject({ create: z.boolean(), name: NAME_OR_NONE, annotations: TEXTS }),
  viewer: z.strictObject({ create: z.boolean(), subjects: KUBERNETES_LIST }),
  linkerd: z.strictObject({ inject: z.enum(["enabled", "ingress", "disabled"]), skipOutboundPorts: z.string() }),
  replicas: z.int().min(0),
  podDisruptionBudget: z.strictObject({ create: z.boolean() }),
  affinity: KUBERNETES_MAP,
  topologySpreadConstraints: KUBERNETES_LIST,
  nodeSelector: TEXTS,
  tolerations: KUBERNETES_LIST,
  priorityClassName: z.string(),
  podAnnotations: TEXTS,
  podLabels: MORE_LABELS,
  podSecurityContext: SECURITY_CONTEXT,
  securityContext: SECURITY_CONTEXT,
  extraArgs: z.array(z.string()),
  extraEnv: KUBERNETES_LIST,
  extraVolumes: KUBERNETES_LIST,
  extraVolumeMounts: KUBERNETES_LIST,
  extraContainers: KUBERNETES_LIST,
  resources: KUBERNETES_MAP,
  service: z.strictObject({ type: z.enum(["ClusterIP", "NodePort", "LoadBalancer"]), annotations: TEXTS }),
  links: z.strictObject({ runbook: WEB_PAGE, dashboard: WEB_PAGE }),
  ingress: z.strictObject({
    enabled: z.boolean(),
    className: NAME_OR_NONE,
    host: NAME_OR_NONE,
    annotations: TEXTS,
    tls: KUBERNETES_LIST,
  }),
  httpRoute: z.strictObject({ enabled: z.boolean(), parentRefs: KUBERNETES_LIST, hostnames: z.array(z.string()), annotations: TEXTS }),
  metrics: z.strictObject({ scrapeAnnotations: z.boolean(), podMonitor: monitor, serviceMonitor: monitor }),
  alerts,
  dashboard: z.strictObject({ create: z.boolean(), namespace: NAME_OR_NONE, labels: TEXTS, annotations: TEXTS }),
  restore: z.strictObject({ enabled: z.boolean(), timeLimitSeconds: z.int().min(60) }),
  networkPolicy: z.strictObject({ create: z.boolean(), from: KUBERNETES_LIST, egress: KUBERNETES_LIST, linkerdNamespace: DNS_LABEL }),
  ...foreign.shape,
  /** Helm passes it to every subchart. */
  global: KUBERNETES_MAP.exactOptional(),
});

/** The JSON Schema by which helm checks the values, in the draft that every Helm 3 supports. */
export function valuesJsonSchema(): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(valuesSchema, { io: "input", target: "draft-7" });
}
