import { readFileSync } from "node:fs";
import path from "node:path";
import { KubeConfig } from "@kubernetes/client-node/dist/config.js";
import type { User } from "@kubernetes/client-node/dist/config_types.js";
import { parse } from "yaml";
import { withTokenFile } from "./tokenFile.ts";

/** The users of kubeconfigs by name, with all their keys: client-node drops some. */
export type RawUsers = Map<string, Readonly<Record<string, unknown>>>;

/** Loads kubeconfigs. If several files define the same name, the first one wins, as in kubectl. */
export function loadFiles(kubeConfig: KubeConfig, files: readonly string[]): RawUsers {
  const raw: RawUsers = new Map();
  for (const [i, file] of files.entries()) {
    const text = readFileSync(file, "utf8");
    const loaded = i === 0 ? kubeConfig : new KubeConfig();
    loaded.loadFromString(text);
    loaded.makePathsAbsolute(path.dirname(file));
    const own = rawUsers(text);
    loaded.users = loaded.users.map((user) =>
      withTokenFile(withAbsolutePlugin(user, path.dirname(file)), own.get(user.name)?.["tokenFile"], path.dirname(file)),
    );
    for (const [name, user] of own) if (!raw.has(name)) raw.set(name, user);
    if (i > 0) mergeNewNames(kubeConfig, loaded);
  }
  return raw;
}

function mergeNewNames(kubeConfig: KubeConfig, other: KubeConfig): void {
  other.clusters = other.clusters.filter((cluster) => kubeConfig.getCluster(cluster.name) === null);
  other.users = other.users.filter((user) => kubeConfig.getUser(user.name) === null);
  other.contexts = other.contexts.filter((context) => kubeConfig.getContextObject(context.name) === null);
  kubeConfig.mergeConfig(other, Boolean(kubeConfig.getCurrentContext()));
}

function rawUsers(text: string): RawUsers {
  const raw: RawUsers = new Map();
  const { users } = parse(text, { merge: true, uniqueKeys: false, logLevel: "silent" }) as { users?: unknown };
  for (const { name, user } of Array.isArray(users) ? (users as readonly { name: unknown; user?: unknown }[]) : [])
    if (!raw.has(String(name))) raw.set(String(name), Object.fromEntries(Object.entries(user ?? {})));
  return raw;
}

/** The command of a credential plugin with a slash in it is relative to its kubeconfig, as in kubectl. */
function withAbsolutePlugin(user: User, folder: string): User {
  const exec = user.exec as { command?: unknown } | null | undefined;
  const command = exec?.command;
  if (typeof command !== "string" || !command.includes("/") || path.isAbsolute(command)) return user;
  return { ...user, exec: { ...exec, command: path.resolve(folder, command) } };
}
