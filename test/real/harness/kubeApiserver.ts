import { generateKeyPairSync } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ApiServer, send } from "../../world/plainHttp.ts";
import { realTool } from "./realTools.ts";
import { freePort, openServerGroup, type ServerGroup, type ServerProcess } from "./serverProcess.ts";

/** The users of the server: the administrator, the controller's ServiceAccount, and one without any permissions. */
export const USERS = {
  admin: { name: "admin", groups: ["system:masters"] },
  controller: serviceAccount("linkerd-failover", "linkerd-failover"),
  other: serviceAccount("default", "other"),
} as const;
export type User = keyof typeof USERS;

export interface KubeApiserver {
  readonly url: string;
  /** PEM of the certificate authority. */
  readonly ca: string;
  readonly adminToken: string;
  readonly folder: string;
  /** Where its objects are stored; empty in an existing cluster. */
  readonly etcdUrl: string;
  tokenFor(user: User): string;
  /** The server with that user's token, for plain requests. */
  as(user: User): ApiServer;
  /** A kubeconfig for that user as JSON (which is valid YAML), optionally with the URL of a proxy. */
  kubeconfig(user: User, server?: string): string;
  /** Compacts etcd, so that older revisions are gone. */
  compact(): Promise<void>;
  /** Stops the apiserver as in an outage; etcd and the data stay. */
  pause(): Promise<void>;
  /** Starts it again on the same port. */
  resume(): Promise<void>;
  /** Kills etcd; its data stay. */
  pauseEtcd(): Promise<void>;
  resumeEtcd(): Promise<void>;
  stop(): Promise<void>;
}

const START_TIME_LIMIT_MS = 120_000;

/** Starts etcd and a kube-apiserver with RBAC on 127.0.0.1. */
export async function startKubeApiserver(): Promise<KubeApiserver> {
  const group = openServerGroup("kubernetes");
  try {
    const etcd = await planEtcd(group);
    let runningEtcd = await etcd.start();
    const port = await freePort();
    const url = `https://127.0.0.1:${port}`;
    writeSecrets(group.folder);
    const server = () => ({ url, ca: readCa(group.folder), token: tokenFor("admin") });
    const isReady = async () => (await send(server(), "GET", "/readyz")).status === 200;
    const start = () =>
      group.start("kube-apiserver", realTool("kube-apiserver"), apiserverArgs(group.folder, port, etcd.url), isReady, START_TIME_LIMIT_MS);
    let running = await start();
    const ca = readCa(group.folder);
    return {
      url,
      ca,
      adminToken: tokenFor("admin"),
      folder: group.folder,
      etcdUrl: etcd.url,
      tokenFor,
      as: (user) => ({ url, ca, token: tokenFor(user) }),
      kubeconfig: (user, via = url) => kubeconfigOf({ url: via, ca, token: tokenFor(user) }, user),
      compact: () => compactEtcd(etcd.url),
      pause: () => running.kill(),
      resume: async () => {
        running = await start();
      },
      pauseEtcd: () => runningEtcd.kill(),
      resumeEtcd: async () => {
        runningEtcd = await etcd.start();
      },
      stop: () => group.stop(),
    };
  } catch (error) {
    await group.stop();
    throw error;
  }
}

async function planEtcd(group: ServerGroup): Promise<{ readonly url: string; start(): Promise<ServerProcess> }> {
  const clientUrl = `http://127.0.0.1:${await freePort()}`;
  const peerUrl = `http://127.0.0.1:${await freePort()}`;
  const args = [
    "--name=test",
    `--data-dir=${join(group.folder, "etcd")}`,
    `--listen-client-urls=${clientUrl}`,
    `--advertise-client-urls=${clientUrl}`,
    `--listen-peer-urls=${peerUrl}`,
    `--initial-advertise-peer-urls=${peerUrl}`,
    `--initial-cluster=test=${peerUrl}`,
    "--unsafe-no-fsync",
    "--log-level=warn",
  ];
  const isReady = async () => (await send({ url: clientUrl }, "GET", "/health")).status === 200;
  return { url: clientUrl, start: () => group.start("etcd", realTool("etcd"), args, isReady, START_TIME_LIMIT_MS) };
}

function apiserverArgs(folder: string, port: number, etcdUrl: string): string[] {
  return [
    `--etcd-servers=${etcdUrl}`,
    "--bind-address=127.0.0.1",
    `--secure-port=${port}`,
    `--cert-dir=${join(folder, "certificates")}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${join(folder, "sa.key")}`,
    `--service-account-signing-key-file=${join(folder, "sa.key")}`,
    `--token-auth-file=${join(folder, "tokens.csv")}`,
    "--authorization-mode=RBAC",
    "--service-cluster-ip-range=10.96.0.0/16",
    "--disable-admission-plugins=ServiceAccount",
    "--endpoint-reconciler-type=none",
  ];
}

function writeSecrets(folder: string): void {
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  writeFileSync(join(folder, "sa.key"), privateKey, { mode: 0o600 });
  const rows = (Object.keys(USERS) as User[]).map(
    (user) => `${tokenFor(user)},${USERS[user].name},${user},"${USERS[user].groups.join(",")}"\n`,
  );
  writeFileSync(join(folder, "tokens.csv"), rows.join(""), { mode: 0o600 });
}

/** The server writes its self-signed certificate chain there at the start. */
function readCa(folder: string): string {
  return readFileSync(join(folder, "certificates", "apiserver.crt"), "utf8");
}

/** Not secret: the server listens on loopback and lives only during a test. */
function tokenFor(user: User): string {
  return `token-of-${user}`;
}

function serviceAccount(namespace: string, name: string) {
  return { name: `system:serviceaccount:${namespace}:${name}`, groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`] };
}

/** A kubeconfig of one user with a token, as JSON. */
export function kubeconfigOf({ url, ca, token }: ApiServer, user: string): string {
  const authority = ca === undefined ? {} : { "certificate-authority-data": Buffer.from(ca).toString("base64") };
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "test", cluster: { server: url, ...authority } }],
    users: [{ name: user, user: { token } }],
    contexts: [{ name: "test", context: { cluster: "test", user, namespace: "default" } }],
    "current-context": "test",
  });
}

async function compactEtcd(etcdUrl: string): Promise<void> {
  const status = await send({ url: etcdUrl }, "POST", "/v3/maintenance/status", {});
  const { revision } = status.body.header as { revision: string };
  const done = await send({ url: etcdUrl }, "POST", "/v3/kv/compaction", { revision, physical: true });
  if (done.status !== 200) throw new Error(`etcd did not compact: ${JSON.stringify(done.body)}`);
}
