import { type Command, Option } from "commander";
import { readDuration } from "../../wiring/readDuration.ts";
import { type Check, warning } from "./checkReport.ts";

/** What `linkerd check` hands to the `check` of every extension, besides the settings that are ours too. */
export interface LinkerdFlags {
  /** Where the control plane should be. */
  readonly linkerdNamespace?: string;
  /** The control plane's address. */
  readonly apiAddr?: string;
  /** Milliseconds that the checks may take; 0: no limit. */
  readonly wait?: number;
}

const GROUP = "Flags of linkerd check:";
/** Each with what it does here: what has no effect says why that does not matter. */
const FLAGS: readonly (readonly [flags: string, text: string])[] = [
  ["--linkerd-namespace <name>", "where the control plane should be"],
  ["--api-addr <address>", "no effect, and a warning says so: no control plane is asked"],
  ["--cni-namespace <name>", "no effect: the CNI plugin matters to no route"],
  ["--verbose [value]", "no effect: there is no log"],
  ["--proxy [value]", "no effect: the data plane is always checked"],
];

/** Adds these flags. */
export function withLinkerdFlags(command: Command): Command {
  for (const [flags, text] of FLAGS) command.addOption(new Option(flags, text).helpGroup(GROUP));
  const wait = new Option("--wait <duration>", "how long all of it may take (default: a minute for each server)");
  return command.addOption(wait.argParser(readWait).helpGroup(GROUP));
}

/** Checks of the flags themselves. */
export function flagChecks({ apiAddr }: LinkerdFlags): readonly Check[] {
  if (!apiAddr) return [];
  const error = `check asks no control plane: --api-addr ${apiAddr} has no effect`;
  return [warning("all settings have an effect", { error, hint: "--kubeconfig and --context select the cluster" })];
}

/** Go writes fractions of a second, such as `1.5s`. */
function readWait(text: string): number {
  return readDuration(
    text.replace(/(\d+)\.(\d+)s$/, (_, seconds: string, part: string) => `${seconds}s${part.slice(0, 3).padEnd(3, "0")}ms`),
  );
}
