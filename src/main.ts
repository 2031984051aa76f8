import { Command, CommanderError } from "commander";
import { checkCommand } from "./cli/check.ts";
import { EXIT } from "./cli/exit.ts";
import { freezeCommand } from "./cli/freeze.ts";
import { pinCommand } from "./cli/pin.ts";
import { restoreCommand } from "./cli/restore.ts";
import { rulesCommand } from "./cli/rules.ts";
import { runCommand } from "./cli/run.ts";
import { thawCommand } from "./cli/thaw.ts";
import { unpinCommand } from "./cli/unpin.ts";
import { VERSION } from "./cli/version.ts";

/** argv → command → exit code. */
async function main(argv: readonly string[]): Promise<void> {
  const program = new Command("linkerd-failover")
    .description("Fails traffic over between the backends of Linkerd routes, and back, by readiness and by success rate.")
    .version(VERSION)
    .exitOverride();
  const commands = [runCommand, checkCommand, rulesCommand, pinCommand, unpinCommand, freezeCommand, thawCommand, restoreCommand];
  for (const command of commands) program.addCommand(command().exitOverride());
  hintAfterErrors(program);
  try {
    await program.parseAsync(argv);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help and the version are answers, not errors.
    process.exitCode = error.exitCode === 0 ? EXIT.fine : EXIT.usage;
  }
}

/** Commands that are added do not inherit this. */
function hintAfterErrors(command: Command): void {
  command.showHelpAfterError("hint: --help tells what can be said here");
  for (const below of command.commands) hintAfterErrors(below);
}

await main(process.argv);
