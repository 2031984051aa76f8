import { type Command, InvalidArgumentError } from "commander";
import { readNamespace, setting } from "./clusterSettings.ts";

/** Where the controller is. */
export interface ControllerSettings {
  readonly controllerNamespace: string;
  readonly adminPort: number;
}

/** Adds these settings to a command that asks the controller. */
export function withControllerSettings(command: Command): Command {
  return command
    .addOption(
      setting("--controller-namespace <name>", "namespace of the controller, its Lease and its pods", "namespace")
        .default("linkerd-failover")
        .argParser(readNamespace),
    )
    .addOption(setting("--admin-port <number>", "port of the admin server in the controller's pod").default(8080).argParser(readPort));
}

function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw new InvalidArgumentError("It must be a port from 1 to 65535.");
  return port;
}
