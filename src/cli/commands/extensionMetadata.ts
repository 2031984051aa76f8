import { Command } from "commander";

/** The answer that the linkerd CLI expects. With `checks: always`, `linkerd check` always runs our `check` too. */
const METADATA = { name: "linkerd-failover", checks: "always" };

/** `_extension-metadata`: makes `linkerd failover COMMAND` work, and `linkerd check` run our checks. */
export function extensionMetadataCommand(): Command {
  return new Command("_extension-metadata")
    .description("describe this extension to the linkerd CLI")
    .allowUnknownOption()
    .allowExcessArguments()
    .action(() => {
      process.stdout.write(`${JSON.stringify(METADATA)}\n`);
    });
}
