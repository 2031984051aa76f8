export interface ResourceTarget {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  /** Absent: all namespaces, or a resource without one. */
  readonly namespace?: string;
  readonly name?: string;
}

/** The path of a collection or of one object, its parts escaped: `/apis/GROUP/VERSION/namespaces/NS/PLURAL/NAME`. */
export function resourcePath(target: ResourceTarget): string {
  const root = target.group === "" ? `/api/${segment(target.version)}` : `/apis/${segment(target.group)}/${segment(target.version)}`;
  const namespace = target.namespace === undefined ? "" : `/namespaces/${segment(target.namespace)}`;
  const name = target.name === undefined ? "" : `/${segment(target.name)}`;
  return `${root}${namespace}/${segment(target.plural)}${name}`;
}

/** An empty segment or one of dots would make another path of the whole, which no escaping can prevent. */
function segment(text: string): string {
  if (text === "" || text === "." || text === "..") throw new RangeError(`not a name in a path: ${JSON.stringify(text)}`);
  return encodeURIComponent(text);
}
