{{- define "linkerd-failover.name" -}}
{{- .Values.nameOverride | default "linkerd-failover" -}}
{{- end -}}

{{- define "linkerd-failover.fullname" -}}
{{- $name := include "linkerd-failover.name" . -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Name of objects in other namespaces or cluster-wide: it includes the namespace, so that two installations do not collide. */}}
{{- define "linkerd-failover.farName" -}}
{{- $name := include "linkerd-failover.fullname" . -}}
{{- if eq $name .Release.Namespace -}}{{ $name }}{{- else -}}{{ printf "%s-%s" $name .Release.Namespace }}{{- end -}}
{{- end -}}

{{- define "linkerd-failover.serviceAccount" -}}
{{- .Values.serviceAccount.name | default (include "linkerd-failover.fullname" .) -}}
{{- end -}}

{{- define "linkerd-failover.image" -}}
{{- with .Values.image -}}
{{- .repository -}}
{{- if or .tag (not .digest) -}}:{{ .tag | default $.Chart.AppVersion }}{{- end -}}
{{- with .digest -}}@{{ . }}{{- end -}}
{{- end -}}
{{- end -}}

{{/* Labels for selectors: they never change during the life of a release. */}}
{{- define "linkerd-failover.selectorLabels" -}}
app.kubernetes.io/name: {{ include "linkerd-failover.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "linkerd-failover.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{ include "linkerd-failover.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: Linkerd
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "linkerd-failover.fastLaneLabels" -}}
{{ include "linkerd-failover.labels" . }}
app.kubernetes.io/component: fast-lane
{{- end -}}

{{/* The configuration of the fast lane: files/fast-lane.yaml, with the interval, the namespaces, and what else is dropped. */}}
{{- define "linkerd-failover.fastLaneConfig" -}}
{{- $scrapes := required "this chart was built without files/fast-lane.yaml" (.Files.Get "files/fast-lane.yaml") | fromYamlArray -}}
{{- with .Values.fastLane.namespaces -}}
{{- $namespaces := dict "names" . -}}
{{- range $scrape := $scrapes -}}
{{- range $found := $scrape.kubernetes_sd_configs }}{{ $_ := set $found "namespaces" $namespaces }}{{ end -}}
{{- end -}}
{{- end -}}
{{- if not .Values.fastLane.latency -}}
{{- $buckets := dict "source_labels" (list "__name__") "regex" ".+_bucket" "action" "drop" -}}
{{- range $scrape := $scrapes }}{{ $_ := set $scrape "metric_relabel_configs" (append $scrape.metric_relabel_configs $buckets) }}{{ end -}}
{{- end -}}
{{- $every := .Values.fastLane.scrapeInterval -}}
{{- dict "global" (dict "scrape_interval" $every "scrape_timeout" $every) "scrape_configs" $scrapes | toYaml -}}
{{- end -}}

{{/* The name and namespace of most objects. */}}
{{- define "linkerd-failover.metadata" -}}
name: {{ include "linkerd-failover.fullname" . }}
namespace: {{ .Release.Namespace }}
labels:
  {{- include "linkerd-failover.labels" . | nindent 2 }}
{{- end -}}

{{- define "linkerd-failover.subject" -}}
kind: ServiceAccount
name: {{ include "linkerd-failover.serviceAccount" . }}
namespace: {{ .Release.Namespace }}
{{- end -}}

{{/* The settings that `restore` shares with `run`. */}}
{{- define "linkerd-failover.sharedEnv" -}}
- name: LINKERD_FAILOVER_NAMESPACE
  valueFrom:
    fieldRef:
      fieldPath: metadata.namespace
{{- with .Values.watchNamespaces }}
- name: LINKERD_FAILOVER_WATCH_NAMESPACES
  value: {{ join "," . | quote }}
{{- end }}
{{- end -}}

{{- define "linkerd-failover.env" -}}
{{- include "linkerd-failover.sharedEnv" . }}
- name: LINKERD_FAILOVER_ADMIN_ADDRESS
  value: 0.0.0.0:8080
- name: LINKERD_FAILOVER_RULES
  value: /etc/linkerd-failover/rules.yaml
- name: LINKERD_FAILOVER_INTERVAL
  value: {{ .Values.interval | quote }}
- name: LINKERD_FAILOVER_MAX_ROUTES_PER_NAMESPACE
  value: {{ int64 .Values.maxRoutesPerNamespace | quote }}
- name: LINKERD_FAILOVER_DRY_RUN
  value: {{ .Values.dryRun | quote }}
- name: LINKERD_FAILOVER_LOG_LEVEL
  value: {{ .Values.logLevel | quote }}
- name: LINKERD_FAILOVER_LOG_FORMAT
  value: {{ .Values.logFormat | quote }}
{{- with .Values.links.runbook | default .Values.alerts.runbookUrl }}
- name: LINKERD_FAILOVER_RUNBOOK_URL
  value: {{ . | quote }}
{{- end }}
{{- with .Values.links.dashboard }}
- name: LINKERD_FAILOVER_DASHBOARD_URL
  value: {{ . | quote }}
{{- end }}
{{- with .Values.selector }}
- name: LINKERD_FAILOVER_SELECTOR
  value: {{ . | quote }}
{{- end }}
{{- if .Values.fastLane.enabled }}
- name: LINKERD_FAILOVER_FAST_PROMETHEUS_URL
  value: {{ printf "http://%s-fast-lane.%s.svc:9090" (include "linkerd-failover.fullname" .) .Release.Namespace }}
{{- end }}
{{- with .Values.prometheus.url }}
- name: LINKERD_FAILOVER_PROMETHEUS_URL
  value: {{ . | quote }}
{{- end }}
{{- with .Values.prometheus }}
{{- if .bearerToken.secretName }}
- name: LINKERD_FAILOVER_PROMETHEUS_BEARER_TOKEN_FILE
  value: /etc/prometheus/token
{{- end }}
{{- if .basicAuth.username }}
- name: LINKERD_FAILOVER_PROMETHEUS_USERNAME
  value: {{ .basicAuth.username | quote }}
- name: LINKERD_FAILOVER_PROMETHEUS_PASSWORD_FILE
  value: /etc/prometheus/password
{{- end }}
{{- if or .ca.configMapName .ca.secretName }}
- name: LINKERD_FAILOVER_PROMETHEUS_CA_FILE
  value: /etc/prometheus/ca.crt
{{- end }}
{{- if .clientCert.secretName }}
- name: LINKERD_FAILOVER_PROMETHEUS_CLIENT_CERT_FILE
  value: /etc/prometheus/tls.crt
- name: LINKERD_FAILOVER_PROMETHEUS_CLIENT_KEY_FILE
  value: /etc/prometheus/tls.key
{{- end }}
{{- with .headers }}
- name: LINKERD_FAILOVER_PROMETHEUS_HEADER
  value: {{ include "linkerd-failover.pairs" . | quote }}
{{- end }}
{{- if .secretHeaders.secretName }}
- name: LINKERD_FAILOVER_PROMETHEUS_HEADERS_FILE
  value: /etc/prometheus/headers
{{- end }}
{{- with .params }}
- name: LINKERD_FAILOVER_PROMETHEUS_PARAM
  value: {{ include "linkerd-failover.pairs" . | quote }}
{{- end }}
{{- with .selector }}
- name: LINKERD_FAILOVER_PROMETHEUS_SELECTOR
  value: {{ . | quote }}
{{- end }}
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* `NAME=VALUE` lines. */}}
{{- define "linkerd-failover.pairs" -}}
{{- $lines := list -}}
{{- range $name, $value := . -}}{{- $lines = append $lines (printf "%s=%v" $name $value) -}}{{- end -}}
{{- join "\n" $lines -}}
{{- end -}}

{{/* The files for Prometheus, as sources of a projected volume. Fails at install time for settings that the controller would reject at its start. */}}
{{- define "linkerd-failover.prometheusFiles" -}}
{{- with .Values.prometheus -}}
{{- if and .bearerToken.secretName .basicAuth.username -}}
{{- fail "prometheus takes a bearerToken or a basicAuth, not both" -}}
{{- end -}}
{{- if ne (empty .basicAuth.username) (empty .basicAuth.secretName) -}}
{{- fail "prometheus.basicAuth needs a username and a secretName" -}}
{{- end -}}
{{- if and .ca.configMapName .ca.secretName -}}
{{- fail "prometheus.ca takes a configMapName or a secretName, not both" -}}
{{- end -}}
{{- if and (or .ca.configMapName .ca.secretName .clientCert.secretName) (hasPrefix "http:" .url) -}}
{{- fail "prometheus.ca and prometheus.clientCert need a prometheus.url with https" -}}
{{- end -}}
{{- with .bearerToken }}{{ if .secretName }}
- secret: {name: {{ .secretName }}, items: [{key: {{ .key | quote }}, path: token}]}
{{- end }}{{ end }}
{{- with .basicAuth }}{{ if .secretName }}
- secret: {name: {{ .secretName }}, items: [{key: {{ .key | quote }}, path: password}]}
{{- end }}{{ end }}
{{- with .ca }}{{ if .configMapName }}
- configMap: {name: {{ .configMapName }}, items: [{key: {{ .key | quote }}, path: ca.crt}]}
{{- else if .secretName }}
- secret: {name: {{ .secretName }}, items: [{key: {{ .key | quote }}, path: ca.crt}]}
{{- end }}{{ end }}
{{- with .clientCert.secretName }}
- secret: {name: {{ . }}, items: [{key: tls.crt, path: tls.crt}, {key: tls.key, path: tls.key}]}
{{- end }}
{{- with .secretHeaders }}{{ if .secretName }}
- secret: {name: {{ .secretName }}, items: [{key: {{ .key | quote }}, path: headers}]}
{{- end }}{{ end }}
{{- end -}}
{{- end -}}

{{/* The alerts, as `alerts.runbookUrl`, `labels` and `settings` change them. */}}
{{- define "linkerd-failover.alerts" -}}
{{- $file := required "this chart was built without files/alerts.yaml" (.Files.Get "files/alerts.yaml") | fromYaml -}}
{{- $values := .Values.alerts -}}
{{- $groups := list -}}
{{- range $group := $file.groups -}}
  {{- $rules := list -}}
  {{- range $rule := $group.rules -}}
    {{- $own := index $values.settings $rule.alert | default dict -}}
    {{- $_ := set $rule "labels" (merge (dict "severity" ($own.severity | default ($rule.labels).severity)) $values.labels) -}}
    {{- with $own.for }}{{ $_ := set $rule "for" . }}{{ end -}}
    {{- with and $rule.annotations $values.runbookUrl -}}
      {{- $_ := set $rule.annotations "runbook_url" (replace "docs/runbook.md" . $rule.annotations.runbook_url) -}}
    {{- end -}}
    {{- if ne $own.enabled false }}{{ $rules = append $rules $rule }}{{ end -}}
  {{- end -}}
  {{- if $rules }}{{ $groups = append $groups (dict "name" $group.name "rules" $rules) }}{{ end -}}
{{- end -}}
{{- dict "groups" $groups | toYaml -}}
{{- end -}}

{{/* Names the right value where another chart's was given. Generated from scripts/chart/valuesSchema.ts. */}}
{{- define "linkerd-failover.hints" -}}
{{- range $name, $own := .Files.Get "files/foreign-values.yaml" | fromYaml -}}
{{- if hasKey $.Values $name }}{{ fail (printf "%s is called %s in this chart" $name $own) }}{{ end -}}
{{- end -}}
{{- end -}}
