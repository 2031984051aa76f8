import { CommanderError } from "commander";
import { EXIT } from "./cli/output/exit.ts";
import { createProgram } from "./cli/program.ts";

/** argv → command → exit code. */
async function main(argv: readonly string[]): Promise<void> {
  try {
    await createProgram().parseAsync(argv);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help and the version are answers, not errors.
    process.exitCode = error.exitCode === 0 ? EXIT.fine : EXIT.usage;
  }
}

// Whoever reads what we say may have read enough, as `head` has: nothing more need be said, and nothing is wrong. Else, as
// on a full disk, what was to be told was not, and there is nowhere to say so.
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") process.exitCode = EXIT.no;
  });

await main(process.argv);
