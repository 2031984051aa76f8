import { Argument, Command } from "commander";
import { completionScript, SHELLS, type Shell } from "./completion/completionScript.ts";

const EXAMPLES = `
Examples:
  source <(linkerd-failover completion bash)
  linkerd-failover completion zsh > "\${fpath[1]}/_linkerd-failover"
  linkerd-failover completion fish \\
    > ~/.config/fish/completions/linkerd-failover.fish
`;

/** `completion SHELL`: a script that lets the shell complete our commands and settings. */
export function completionCommand(program: () => Command): Command {
  return new Command("completion")
    .description("print a script that completes commands and settings in a shell")
    .addArgument(new Argument("<shell>", "which shell it is for").choices(SHELLS))
    .addHelpText("after", EXAMPLES)
    .action((shell: Shell) => {
      process.stdout.write(completionScript(program(), shell));
    });
}
