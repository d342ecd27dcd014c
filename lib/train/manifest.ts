/** The list of a checkpoint's files, with which each of them is compared before it is read. */

/** What a file must be. */
export interface FileRecord {
  bytes: number;
  /** In hexadecimal digits. */
  sha256: string;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Reads the list; `refuse` throws with the reason when it is not one, or of a later version of the format. */
export function parseManifest(
  text: string,
  refuse: (reason: string, cause?: unknown) => never,
): ReadonlyMap<string, FileRecord> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    return refuse("the list of its files is not JSON", cause);
  }
  if (!isRecord(json) || !isRecord(json["files"])) return refuse("the list of its files has none");
  const { format_version: version } = json;
  if (version !== 1) {
    return refuse(
      `its format_version is ${JSON.stringify(version)}, and this library reads 1; use a newer one`,
    );
  }
  const files = new Map<string, FileRecord>();
  for (const [file, record] of Object.entries(json["files"])) {
    // A name is one of the folder's own files, and never a way out of it.
    if (!/^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/.test(file))
      return refuse("the list of its files has a name that is none");
    if (!isRecord(record)) return refuse(`the list of its files says nothing of ${file}`);
    const { bytes, sha256 } = record;
    if (!Number.isSafeInteger(bytes) || typeof sha256 !== "string") {
      return refuse(`the list of its files says nothing of ${file}`);
    }
    files.set(file, { bytes: bytes as number, sha256 });
  }
  return files;
}
