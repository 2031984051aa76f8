import { type Command, InvalidArgumentError, Option } from "commander";

/** Which cluster to use and which of its routes are managed. Every command that talks to a cluster has these settings. */
export interface ClusterSettings {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly as?: string;
  readonly asGroup?: readonly string[];
  readonly asUid?: string;
  readonly selector?: Selector;
}

export interface Selector {
  readonly label: string;
  readonly value: string;
}

const ENV_PREFIX = "LINKERD_FAILOVER_";
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** Adds these settings to a command. An invalid value is a usage error that names the setting. */
export function withClusterSettings(command: Command): Command {
  const selector = "label of the managed routes, instead of the default labels";
  return inGroup(command, "Cluster:", [
    setting("--kubeconfig <file>", "kubeconfig file (default: as kubectl, else the pod's service account)"),
    setting("--context <name>", "context in the kubeconfig"),
    setting("--as <user>", "act as this user, as with kubectl"),
    setting("--as-group <group>", "act as a member of this group; can be repeated").argParser(readGroups),
    setting("--as-uid <uid>", "act as the user with this UID"),
    setting("--selector <label=value>", selector).argParser(readSelector),
  ]);
}

/** An option that is also an environment variable: `LINKERD_FAILOVER_` and its name (or `name`) in capitals. */
export function setting(flags: string, text: string, name?: string): Option {
  const option = new Option(flags, text);
  return option.env(ENV_PREFIX + (name ?? option.name()).replaceAll("-", "_").toUpperCase());
}

/** Adds options that the help lists together, below those of the command itself. */
export function inGroup(command: Command, heading: string, options: readonly Option[]): Command {
  for (const option of options) command.addOption(option.helpGroup(heading));
  return command;
}

export function readNamespace(text: string): string {
  if (!DNS_LABEL.test(text)) throw new InvalidArgumentError("It must be the name of a namespace.");
  return text;
}

/** The linkerd CLI hands a list on as `[a,b]`, and an empty one as `[]`. */
function readGroups(text: string, before: readonly string[] = []): readonly string[] {
  const list = /^\[(.*)\]$/.exec(text)?.[1];
  if (list === undefined) return [...before, text];
  const items = list.matchAll(/"((?:[^"]|"")*)"|([^,]+)/g);
  return [...before, ...[...items].map(([, quoted, plain = ""]) => quoted?.replaceAll('""', '"') ?? plain)];
}

function readSelector(text: string): Selector {
  const match = /^([A-Za-z0-9._/-]+)=([A-Za-z0-9._-]*)$/.exec(text);
  if (match === null) throw new InvalidArgumentError("It must be LABEL=VALUE.");
  return { label: match[1] ?? "", value: match[2] ?? "" };
}
