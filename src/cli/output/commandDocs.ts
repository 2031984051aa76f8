import type { Command } from "commander";

const COLUMNS = 80;

/** The help of every command as Markdown, each after its parent command; hidden commands are left out. */
export function commandDocs(program: Command): string {
  return [program, ...allBelow(program)]
    .map((command) => `## ${pathOf(command)}\n\n\`\`\`text\n${helpOf(command).trim()}\n\`\`\``)
    .join("\n\n");
}

/** The text that `--help` prints. */
export function helpOf(command: Command): string {
  let help = "";
  command.configureOutput({ writeOut: (text) => (help += text), getOutHelpWidth: () => COLUMNS, getOutHasColors: () => false });
  command.outputHelp();
  return help;
}

/** All subcommands at every depth that are not hidden. */
export function allBelow(command: Command): readonly Command[] {
  const visible = command.createHelp().visibleCommands(command);
  return visible.filter((own) => own.name() !== "help").flatMap((own) => [own, ...allBelow(own)]);
}

/** `linkerd-failover rules validate` */
export function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}
