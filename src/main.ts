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

// EPIPE means that the reader has closed the pipe, as `head` does: not an error. Any other error, as from a full disk, means
// that output was lost.
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") process.exitCode = EXIT.no;
  });

await main(process.argv);
