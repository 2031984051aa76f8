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

/**
 * Adds these flags, without help. `--verbose` and `--proxy` change nothing: `check` has no log, and always checks the data
 * plane too.
 */
export function withLinkerdFlags(command: Command): Command {
  for (const flags of ["--linkerd-namespace <name>", "--api-addr <address>", "--verbose [value]", "--proxy [value]"])
    command.addOption(new Option(flags).hideHelp());
  return command.addOption(new Option("--wait <duration>").argParser(readWait).hideHelp());
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
