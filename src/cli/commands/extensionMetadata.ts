import { Command } from "commander";

/** What the linkerd CLI asks of a program on the PATH: `linkerd check` is then always followed by our `check`. */
const METADATA = { name: "linkerd-failover", checks: "always" };

/** `_extension-metadata`: makes `linkerd failover COMMAND` work, and `linkerd check` run our checks. */
export function extensionMetadataCommand(): Command {
  return new Command("_extension-metadata")
    .description("tell the linkerd CLI that this is an extension of it")
    .allowUnknownOption()
    .allowExcessArguments()
    .action(() => {
      process.stdout.write(`${JSON.stringify(METADATA)}\n`);
    });
}
