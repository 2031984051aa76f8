/** A shorter secret would match parts of ordinary words. */
const MIN_SECRET_CHARS = 4;

/** A server's text with our secrets replaced by `(secret)`: some servers quote the credentials that they reject. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.filter(({ length }) => length >= MIN_SECRET_CHARS).reduce((clean, secret) => clean.replaceAll(secret, "(secret)"), text);
}

/** The secrets in an `Authorization` header: for basic auth, the encoded credentials and the password itself. */
export function secretsIn(authorization: string): readonly string[] {
  const [scheme, value = ""] = authorization.split(/ +/, 2);
  if (scheme?.toLowerCase() !== "basic") return [value];
  const login = Buffer.from(value, "base64").toString();
  return [value, login.slice(login.indexOf(":") + 1)];
}

/** The secrets in a URL with a login. */
export function secretsInUrl(url: URL | null): readonly string[] {
  if (url === null || url.password === "") return [];
  const [user, password] = [url.username, url.password].map(decodeURIComponent);
  return [url.password, password ?? "", Buffer.from(`${user}:${password}`).toString("base64")];
}
