#!/usr/bin/env bash
# Creates two kind clusters with Linkerd, linkerd-viz, linkerd-smi, a multicluster link and the chart. Tests failovers with real pods that
# serve and fail. Then runs the tests of test/real (npm run test:cluster) with this KUBECONFIG and this Prometheus.
# Needs Linux with Docker, the internet, and kind, kubectl (1.31 or newer), helm, linkerd (edge), openssl, node and npm on the PATH.
#
#   test/e2e/kind.sh              creates the clusters, runs all tests, deletes the clusters
#   test/e2e/kind.sh --keep       keeps the clusters
#   test/e2e/kind.sh --dry-run    prints every command and runs none
#
# KIND_NODE_IMAGE selects the Kubernetes version, GATEWAY_API_VERSION the CRDs. PROMETHEUS_PORT and MESH_PORT are free ports of this machine:
# linkerd-viz's Prometheus is forwarded to the first, and scrapes the tests' clients at the second. Exit code 0: every test passed.
set -euo pipefail
cd "$(dirname "$0")/../.."

WEST=linkerd-failover-west
EAST=linkerd-failover-east
NAMESPACE=shop
GATEWAY_API_VERSION=${GATEWAY_API_VERSION:-v1.4.1}
PODINFO=ghcr.io/stefanprodan/podinfo:6.9.2
NGINX=docker.io/library/nginx:1.29-alpine
CURL=docker.io/curlimages/curl:8.16.0
PROMETHEUS_PORT=${PROMETHEUS_PORT:-19090}
MESH_PORT=${MESH_PORT:-19091}
READY_TIME_LIMIT=5m
FAILOVER_TIME_LIMIT_S=60
RETURN_TIME_LIMIT_S=420
OUTAGE_S=30
POLL_S=2

folder=
forward=
dry_run=false
keep=false
for argument in "$@"; do
  case "$argument" in
    --dry-run) dry_run=true ;;
    --keep) keep=true ;;
    *) echo "usage: $0 [--dry-run] [--keep]" >&2; exit 2 ;;
  esac
done

say() { printf '\n— %s\n' "$*"; }

# Runs a command and prints it. Every change uses this, so that a dry run shows all of them.
run() {
  printf '+ %s\n' "$*"
  $dry_run || "$@"
}

# The same for a shell command line, for pipes.
run_line() {
  printf '+ %s\n' "$1"
  $dry_run || bash -o pipefail -c "$1"
}

apply() {
  printf '+ kubectl --context %s apply -f - <<EOF\n%s\nEOF\n' "kind-$1" "$2"
  $dry_run || kubectl --context "kind-$1" apply -f - <<<"$2"
}

need() {
  $dry_run && return
  for tool in docker kind kubectl helm linkerd openssl node npm; do
    command -v "$tool" >/dev/null || { echo "$tool is not on the PATH" >&2; exit 2; }
  done
}

# Linkerd needs ECDSA certificates with keys as "EC PRIVATE KEY", which `req -newkey` does not write, and one trust anchor for all linked
# clusters.
certificates() {
  say "certificates"
  folder=$(mktemp -d)
  run openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=root.linkerd.cluster.local \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign -keyout "$folder/ca.key" -out "$folder/ca.crt"
  run openssl ecparam -name prime256v1 -genkey -noout -out "$folder/issuer.key"
  run openssl req -new -key "$folder/issuer.key" -subj /CN=identity.linkerd.cluster.local -out "$folder/issuer.csr"
  run_line "openssl x509 -req -in $folder/issuer.csr -CA $folder/ca.crt -CAkey $folder/ca.key -CAcreateserial -days 2 -out $folder/issuer.crt \
    -extfile <(printf 'basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectAltName=DNS:identity.linkerd.cluster.local')"
}

cluster() {
  say "cluster $1"
  local image=()
  [ -n "${KIND_NODE_IMAGE:-}" ] && image=(--image "$KIND_NODE_IMAGE")
  run kind create cluster --name "$1" --wait 3m "${image[@]}"
  run kubectl --context "kind-$1" apply --server-side -f \
    "https://github.com/kubernetes-sigs/gateway-api/releases/download/$GATEWAY_API_VERSION/standard-install.yaml"
  run_line "linkerd --context kind-$1 install --crds | kubectl --context kind-$1 apply -f -"
  run_line "linkerd --context kind-$1 install --identity-trust-anchors-file $folder/ca.crt --identity-issuer-certificate-file $folder/issuer.crt \
    --identity-issuer-key-file $folder/issuer.key --set proxyInit.runAsRoot=true | kubectl --context kind-$1 apply -f -"
  run linkerd --context "kind-$1" check --wait "$READY_TIME_LIMIT"
}

# Nodes of kind clusters share a network, so the gateway can use a node port instead of a load balancer.
link() {
  say "link $WEST to $EAST"
  run_line "linkerd --context kind-$EAST multicluster install --set gateway.serviceType=NodePort | kubectl --context kind-$EAST apply -f -"
  run_line "linkerd --context kind-$WEST multicluster install --gateway=false --set controllers[0].link.ref.name=east | kubectl --context kind-$WEST apply -f -"
  run_line "linkerd --context kind-$EAST multicluster check --wait $READY_TIME_LIMIT"
  run_line "linkerd --context kind-$EAST multicluster link-gen --cluster-name east --api-server-address https://$EAST-control-plane:6443 \
    --gateway-addresses \$(docker inspect -f '{{.NetworkSettings.Networks.kind.IPAddress}}' $EAST-control-plane) \
    --gateway-port \$(kubectl --context kind-$EAST -n linkerd-multicluster get service linkerd-gateway -o jsonpath='{.spec.ports[?(@.name==\"mc-gateway\")].nodePort}') \
    | kubectl --context kind-$WEST apply -f -"
}

# The address of this machine for pods of the clusters: that of Docker's bridge.
HOST="\$(docker inspect -f '{{.NetworkSettings.Networks.kind.Gateway}}' $WEST-control-plane)"

controller() {
  say "install linkerd-viz (its Prometheus also scrapes the tests' clients), linkerd-smi and the chart"
  local job='prometheus.scrapeConfigs[0]'
  run_line "linkerd --context kind-$WEST viz install --set '$job.job_name=played-clients,$job.scrape_interval=2s,$job.scrape_timeout=2s' \
    --set \"$job.static_configs[0].targets[0]=$HOST:$MESH_PORT\" | kubectl --context kind-$WEST apply -f -"
  run linkerd --context "kind-$WEST" viz check --wait "$READY_TIME_LIMIT"
  run helm --kube-context "kind-$WEST" install linkerd-smi linkerd-smi --repo https://linkerd.github.io/linkerd-smi -n linkerd-smi \
    --create-namespace --wait --timeout "$READY_TIME_LIMIT"
  run docker build -t linkerd-failover:e2e .
  run kind load docker-image linkerd-failover:e2e --name "$WEST"
  run helm --kube-context "kind-$WEST" install linkerd-failover charts/linkerd-failover -n linkerd-failover --create-namespace \
    --set image.repository=linkerd-failover,image.tag=e2e --wait --timeout "$READY_TIME_LIMIT"
  run kubectl --context "kind-$WEST" -n linkerd-failover rollout status deployment/linkerd-failover --timeout "$READY_TIME_LIMIT"
}

deployment() {
  cat <<EOF
apiVersion: apps/v1
kind: Deployment
metadata: {name: $1, namespace: $NAMESPACE}
spec:
  selector: {matchLabels: {app: $1}}
  template:
    metadata: {labels: {app: $1, serves: ${2:-$1}}, annotations: {linkerd.io/inject: enabled}}
    spec:
      containers:
        - name: main
          image: $3
          ${4}
EOF
}

# The mirror has an endpoint while the gateway is alive.
wait_for_mirror() {
  run kubectl --context "kind-$WEST" -n "$NAMESPACE" wait --for=create service/web-east endpoints/web-east --timeout "$READY_TIME_LIMIT"
  run kubectl --context "kind-$WEST" -n "$NAMESPACE" wait '--for=jsonpath={.subsets[0].addresses[0].ip}' endpoints/web-east --timeout "$READY_TIME_LIMIT"
}

# web-sick answers every request with 500 from ready pods. The route comes last, when its backends exist.
applications() {
  say "applications"
  local service='apiVersion: v1
kind: Service
metadata: {name: web, namespace: '$NAMESPACE', labels: {mirror.linkerd.io/exported: "true"}}
spec: {selector: {serves: web}, ports: [{name: http, port: 80, targetPort: 9898}]}'
  for cluster in "$WEST" "$EAST"; do
    apply "$cluster" "apiVersion: v1
kind: Namespace
metadata: {name: $NAMESPACE}"
    apply "$cluster" "$(deployment web web "$PODINFO" 'ports: [{containerPort: 9898}]')"
    apply "$cluster" "$service"
  done
  local sick="echo 'server { listen 9898; return 500; }' >/etc/nginx/conf.d/default.conf; exec nginx -g 'daemon off;'"
  apply "$WEST" "$(deployment web-sick web-sick "$NGINX" "command: [sh, -c, \"$sick\"]")"
  apply "$WEST" "$(deployment client client "$CURL" 'command: [sh, -c, "while true; do curl -s -o /dev/null -m 5 http://web.shop; sleep 0.05; done"]')"
  for name in web web-sick client; do
    run kubectl --context "kind-$WEST" -n "$NAMESPACE" rollout status "deployment/$name" --timeout "$READY_TIME_LIMIT"
  done
  run kubectl --context "kind-$EAST" -n "$NAMESPACE" rollout status deployment/web --timeout "$READY_TIME_LIMIT"
  wait_for_mirror
  apply "$WEST" "apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: $NAMESPACE, labels: {failover.linkerd.io/controlled-by: linkerd-failover}}
spec:
  parentRefs: [{kind: Service, group: core, name: web, port: 80}]
  rules: [{backendRefs: [{name: web, port: 80, weight: 100}, {name: web-east, port: 80, weight: 0}]}]"
}

# Linkerd has its own HTTPRoutes, so the group is needed.
weights() {
  kubectl --context "kind-$WEST" -n "$NAMESPACE" get httproutes.gateway.networking.k8s.io web -o jsonpath='{.spec.rules[0].backendRefs[*].weight}'
}

# Waits until the route has these weights, and prints how long that took.
expect() {
  printf '+ wait up to %s s until the weights are "%s"\n' "$2" "$1"
  $dry_run && return
  local since=$SECONDS
  until [ "$(weights)" = "$1" ]; do
    if ((SECONDS - since > $2)); then
      echo "× the weights are \"$(weights)\" after $2 s" >&2
      kubectl --context "kind-$WEST" -n linkerd-failover logs deployment/linkerd-failover --tail 50 >&2
      return 1
    fi
    sleep "$POLL_S"
  done
  echo "√ after $((SECONDS - since)) s"
}

# Polls the weights for this long, and fails if they change.
stay() {
  printf '+ check for %s s that the weights stay "%s"\n' "$2" "$1"
  $dry_run && return
  local since=$SECONDS
  while ((SECONDS - since < $2)); do
    [ "$(weights)" = "$1" ] || { echo "× the weights are \"$(weights)\" after $((SECONDS - since)) s" >&2; return 1; }
    sleep "$POLL_S"
  done
}

stories() {
  say "check finds everything that the controller needs"
  run kubectl --context "kind-$WEST" -n linkerd-failover exec deployment/linkerd-failover -c controller -- \
    /nodejs/bin/node /app/linkerd-failover.js check
  say "the primary loses its endpoints and gets them back"
  run kubectl --context "kind-$WEST" -n "$NAMESPACE" scale deployment/web --replicas 0
  expect "0 100" "$FAILOVER_TIME_LIMIT_S"
  run kubectl --context "kind-$WEST" -n "$NAMESPACE" scale deployment/web --replicas 1
  expect "100 0" "$RETURN_TIME_LIMIT_S"
  say "the primary is ready, but fails requests"
  run kubectl --context "kind-$WEST" -n "$NAMESPACE" patch service web --type merge -p '{"spec":{"selector":{"serves":"web-sick"}}}'
  expect "0 100" "$FAILOVER_TIME_LIMIT_S"
  run kubectl --context "kind-$WEST" -n "$NAMESPACE" patch service web --type merge -p '{"spec":{"selector":{"serves":"web"}}}'
  expect "100 0" "$RETURN_TIME_LIMIT_S"
  say "the whole other cluster is down while it carries no traffic"
  run docker pause "$EAST-control-plane"
  stay "100 0" "$OUTAGE_S"
  run docker unpause "$EAST-control-plane"
  wait_for_mirror
  say "an uninstall during a failover restores the owner's weights"
  run kubectl --context "kind-$WEST" -n "$NAMESPACE" scale deployment/web --replicas 0
  expect "0 100" "$FAILOVER_TIME_LIMIT_S"
  run helm --kube-context "kind-$WEST" uninstall linkerd-failover -n linkerd-failover --wait --timeout "$READY_TIME_LIMIT"
  expect "100 0" "$POLL_S"
}

# The tests of test/real, with the kubeconfig and the URL of Prometheus.
suite() {
  say "the tests of test/real"
  run_line "kind get kubeconfig --name $WEST >$folder/kubeconfig"
  printf '+ %s &\n' "kubectl --context kind-$WEST -n linkerd-viz port-forward service/prometheus $PROMETHEUS_PORT:9090"
  if ! $dry_run; then
    kubectl --context "kind-$WEST" -n linkerd-viz port-forward service/prometheus "$PROMETHEUS_PORT:9090" >"$folder/forward.log" 2>&1 &
    forward=$!
  fi
  run_line "KUBECONFIG=$folder/kubeconfig LINKERD_FAILOVER_TEST_CONTEXT=kind-$WEST \
    LINKERD_FAILOVER_TEST_PROMETHEUS_URL=http://127.0.0.1:$PROMETHEUS_PORT LINKERD_FAILOVER_TEST_MESH_ADDRESS=$HOST:$MESH_PORT npm run test:cluster"
}

clean_up() {
  if [ -n "$forward" ]; then kill "$forward" || true; fi
  if [ -n "$folder" ]; then run rm -rf "$folder"; fi
  $keep && return
  say "delete the clusters"
  run kind delete clusters "$WEST" "$EAST"
}

need
trap clean_up EXIT
certificates
cluster "$EAST"
cluster "$WEST"
link
controller
applications
stories
suite
if $dry_run; then say "dry run: no test was run"; else say "every test passed"; fi
