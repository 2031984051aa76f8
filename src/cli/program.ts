import { Command } from "commander";
import { checkCommand } from "./commands/check.ts";
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
import { VERSION } from "./commands/version.ts";

const COMMANDS = [
  ...[runCommand, checkCommand, statusCommand, explainCommand, replayCommand, rulesCommand],
  ...[pinCommand, unpinCommand, freezeCommand, thawCommand, restoreCommand],
];

/** Help is broken into lines where it has so many columns beside the names of settings, some of which are long. */
const LEAST_COLUMNS = 20;

const EXAMPLES = `
Examples:
  linkerd-failover check
  linkerd-failover status -A

As a plugin of the linkerd CLI: linkerd failover status -A
`;

/** All commands with their settings: what is parsed, helped with, completed and documented. */
export function createProgram(): Command {
  const program = new Command("linkerd-failover")
    .description("Fails traffic over between the backends of Linkerd routes, and back, by readiness and by success rate.")
    .version(VERSION)
    .addHelpText("after", EXAMPLES)
    .exitOverride();
  for (const command of COMMANDS) program.addCommand(command().exitOverride());
  program.addCommand(completionCommand(() => program).exitOverride());
  program.addCommand(extensionMetadataCommand().exitOverride(), { hidden: true });
  setUp(program);
  return program;
}

/** Commands that are added do not inherit this. */
function setUp(command: Command): void {
  command.configureHelp({ minWidthToWrap: LEAST_COLUMNS });
  command.showHelpAfterError("hint: --help tells what can be said here");
  for (const below of command.commands) setUp(below);
}
