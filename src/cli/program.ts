import { Command, Help, type Option } from "commander";
import { checkCommand } from "./commands/check.ts";
import { completeCommand } from "./commands/complete.ts";
import { completionCommand } from "./commands/completion.ts";
import { explainCommand } from "./commands/explain.ts";
import { extensionMetadataCommand } from "./commands/extensionMetadata.ts";
import { freezeCommand } from "./commands/freeze.ts";
import { pinCommand } from "./commands/pin.ts";
import { replayCommand } from "./commands/replay.ts";
import { restoreCommand } from "./commands/restore.ts";
import { rulesCommand } from "./commands/rules.ts";
import { runCommand } from "./commands/run.ts";
import { statusCommand } from "./commands/status.ts";
import { thawCommand } from "./commands/thaw.ts";
import { unpinCommand } from "./commands/unpin.ts";
import { versionCommand } from "./commands/version.ts";
import { pathOf } from "./output/commandDocs.ts";
import { setting } from "./wiring/clusterSettings.ts";
import { VERSION } from "./wiring/ownVersion.ts";

const COMMANDS = [
  ...[runCommand, checkCommand, statusCommand, explainCommand, replayCommand, rulesCommand],
  ...[pinCommand, unpinCommand, freezeCommand, thawCommand, restoreCommand],
];

/** Descriptions in the help wrap only if at least this many columns are left beside the (sometimes long) option names. */
const MIN_COLUMNS = 20;

/** The heading of options that are in no other group. */
const OWN = "Options:";

const EXAMPLES = `
Examples:
  linkerd-failover check
  linkerd-failover status -A

As a plugin of the linkerd CLI: linkerd failover status -A

Options of the cluster, the controller and Prometheus are also environment
variables: --prometheus-url is LINKERD_FAILOVER_PROMETHEUS_URL. An error is one
line on stderr, and a hint. Exit status: 0 fine, 1 the answer is no, 2 wrong
usage, 3 a server cannot be reached.
`;

/** All commands with their options. Parsing, help, shell completion and docs/cli.md all come from this. */
export function createProgram(): Command {
  const program = new Command("linkerd-failover")
    .description("Fails traffic over between the backends of Linkerd routes, and back, by readiness and success rate.")
    .version(VERSION)
    .addHelpText("after", EXAMPLES)
    .exitOverride();
  for (const command of COMMANDS) program.addCommand(command().exitOverride());
  program.addCommand(versionCommand().exitOverride());
  program.addCommand(completionCommand(() => program).exitOverride());
  program.addCommand(completeCommand(() => program).exitOverride(), { hidden: true });
  program.addCommand(extensionMetadataCommand().exitOverride(), { hidden: true });
  configure(program);
  return program;
}

/** Subcommands do not inherit these settings, so they are set on each one. */
function configure(command: Command): void {
  command.configureHelp({ minWidthToWrap: MIN_COLUMNS, optionDescription: describeOption, groupItems: ownFirst });
  command.showHelpAfterError(`hint: ${pathOf(command)} --help`);
  command.configureOutput({ outputError: (text, write) => write(oneLine(text)) });
  for (const below of command.commands) configure(below);
}

/** The name of the environment variable is told only where it does not follow from the option's. */
function describeOption(option: Option): string {
  const { envVar } = option;
  const follows = envVar === setting(option.flags, "").envVar;
  return Help.prototype.optionDescription(Object.assign(Object.create(option) as Option, { envVar: follows ? undefined : envVar }));
}

/** The options of the command itself before those that it shares with others. */
function ownFirst<T extends Command | Option>(this: Help, all: T[], visible: T[], groupOf: (item: T) => string): Map<string, T[]> {
  const groups = Help.prototype.groupItems.call(this, all, visible, groupOf as (item: Command | Option) => string) as Map<string, T[]>;
  return new Map([...groups].sort(([a], [b]) => Number(b === OWN) - Number(a === OWN)));
}

/** An error of commander in the shape of all errors: one line with our name. */
function oneLine(text: string): string {
  return `${text
    .trimEnd()
    .replace(/^error: /, "linkerd-failover: ")
    .replaceAll(/\n(?!hint: )/g, " ")}\n`;
}
