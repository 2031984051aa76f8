import { type Command, InvalidArgumentError, Option } from "commander";
import { inGroup, readNamespace, setting } from "./clusterSettings.ts";

/** Where the controller is. */
export interface ControllerSettings {
  readonly controllerNamespace: string;
  readonly adminPort: number;
}

/** Adds these settings to a command that asks the controller. */
export function withControllerSettings(command: Command): Command {
  const namespace = setting("--controller-namespace <name>", "namespace of the controller, its Lease and its pods", "namespace");
  return inGroup(command, "Controller:", [
    namespace.default("linkerd-failover").argParser(readNamespace),
    setting("--admin-port <number>", "port of the admin server in its pods").default(8080).argParser(readPort),
  ]);
}

function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw new InvalidArgumentError("It must be a port from 1 to 65535.");
  return port;
}

/** `--address`: a replica that is asked at this URL. */
export function addressOption(): Option {
  const text = "URL of its admin server, for example behind kubectl port-forward";
  return new Option("--address <url>", text).argParser(readAddress).helpGroup("Controller:");
}

function readAddress(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "")
    throw new InvalidArgumentError("It must be an http or https URL without a username or password.");
  return text;
}
