import { BlockList, isIP } from "node:net";
import { domainToASCII } from "node:url";

export type Environment = Readonly<Record<string, string | undefined>>;

/** `proxy`: a URL; null: a direct connection. */
export type FoundProxy = { readonly proxy: string | null } | { readonly problem: string };

const PROXY_PROTOCOL = /^(https?|socks(4a?|5h?)?):$/;
const DEFAULT_PORTS: Readonly<Record<string, string>> = { "http:": "80", "https:": "443" };

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.addAddress("::1", "ipv6");

/**
 * The proxy for a server by `HTTPS_PROXY` (`HTTP_PROXY` for an `http` server) and `NO_PROXY`, in capitals or not, by the rules
 * of Go's programs, kubectl among them: `localhost` and loopback addresses are never proxied, names are not resolved.
 */
export function environmentProxy(server: URL, env: Environment): FoundProxy {
  const name = server.protocol === "http:" ? "HTTP_PROXY" : "HTTPS_PROXY";
  const wanted = valueOf(env, name);
  if (wanted === "" || isExcluded(server, valueOf(env, "NO_PROXY"))) return { proxy: null };
  const proxy = wanted.includes("://") ? wanted : `http://${wanted}`;
  if (isProxyUrl(proxy)) return { proxy };
  return { problem: `${name} is not the URL of a proxy, such as http://proxy.example.com:3128` };
}

/** Whether the text is the full URL of a proxy. */
export function isProxyUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && PROXY_PROTOCOL.test(url.protocol) && url.hostname !== "";
}

function valueOf(env: Environment, name: string): string {
  return env[name] || env[name.toLowerCase()] || "";
}

function isExcluded({ hostname, port, protocol }: URL, noProxy: string): boolean {
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  const family = familyOf(host);
  if (host === "localhost" || (family !== null && LOOPBACK.check(host, family))) return true;
  const entries = noProxy.split(",").map((entry) => entry.trim().toLowerCase());
  if (entries.includes("*")) return true;
  return entries.some((entry) => matches(entry, host, port || (DEFAULT_PORTS[protocol] ?? "")));
}

/** Whether an entry of NO_PROXY names this host: an address, a CIDR or a domain; all but a CIDR may have a port. */
function matches(entry: string, host: string, port: string): boolean {
  const [, bracketed, plain, ofPort] = /^(?:\[(.+)\]|([^:[\]]+)):(\d+)$/.exec(entry) ?? [];
  const named = bracketed ?? plain ?? entry;
  if (ofPort !== undefined && ofPort !== port) return false;
  const family = familyOf(host);
  return family === null ? isDomainOf(named, host) : isAddressIn(named, host, family);
}

function isAddressIn(entry: string, host: string, family: "ipv4" | "ipv6"): boolean {
  const [address = "", prefix, ...more] = entry.split("/");
  const entryFamily = familyOf(address);
  if (entryFamily === null || more.length > 0) return false;
  const list = new BlockList();
  if (prefix === undefined) list.addAddress(address, entryFamily);
  else if (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (entryFamily === "ipv4" ? 32 : 128))
    list.addSubnet(address, Number(prefix), entryFamily);
  return list.check(host, family);
}

/** `a.test` matches itself and all below it, `.a.test` and `*.a.test` only what is below. */
function isDomainOf(entry: string, host: string): boolean {
  const domain = entry.replace(/^\*\./, ".");
  const ascii = domainToASCII(domain.replace(/^\./, ""));
  if (ascii === "") return false;
  return host.endsWith(`.${ascii}`) || (!domain.startsWith(".") && host === ascii);
}

function familyOf(host: string): "ipv4" | "ipv6" | null {
  const version = isIP(host);
  return version === 0 ? null : version === 4 ? "ipv4" : "ipv6";
}
