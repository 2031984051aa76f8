import { Argument, Command } from "commander";
import { completionScript, SHELLS, type Shell } from "./completion/completionScript.ts";

const EXAMPLES = `
Examples:
  source <(linkerd-failover completion bash)
  linkerd-failover completion zsh > "\${fpath[1]}/_linkerd-failover"
  linkerd-failover completion fish \\
    > ~/.config/fish/completions/linkerd-failover.fish
`;

/** `completion SHELL`: a script that makes the shell complete commands and options. */
export function completionCommand(program: () => Command): Command {
  return new Command("completion")
    .description("print a completion script for a shell")
    .addArgument(new Argument("<shell>", "the shell").choices(SHELLS))
    .addHelpText("after", EXAMPLES)
    .action((shell: Shell) => {
      process.stdout.write(completionScript(program(), shell));
    });
}
