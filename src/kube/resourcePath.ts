export interface ResourceTarget {
  /** Empty: the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  /** Absent: all namespaces, or a cluster-scoped resource. */
  readonly namespace?: string;
  readonly name?: string;
}

/** The escaped path of a collection or an object: `/apis/GROUP/VERSION/namespaces/NS/PLURAL/NAME`. */
export function resourcePath(target: ResourceTarget): string {
  const root = target.group === "" ? `/api/${segment(target.version)}` : `/apis/${segment(target.group)}/${segment(target.version)}`;
  const namespace = target.namespace === undefined ? "" : `/namespaces/${segment(target.namespace)}`;
  const name = target.name === undefined ? "" : `/${segment(target.name)}`;
  return `${root}${namespace}/${segment(target.plural)}${name}`;
}

/** An empty segment, `.` or `..` would lead to another path, and escaping does not prevent that. */
function segment(text: string): string {
  if (text === "" || text === "." || text === "..") throw new RangeError(`not a name in a path: ${JSON.stringify(text)}`);
  return encodeURIComponent(text);
}
