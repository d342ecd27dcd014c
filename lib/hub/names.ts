/** Names that come from outside, checked once: repositories, revisions and files of the hub. */
import { ResidencyError } from "../errors.ts";

/** What a repository holds. */
export type RepoType = "model" | "dataset";

/** Endings of files that are pickles, or may be: loading one can run code, so none is fetched. */
const pickleEndings = [".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib", ".npy", ".npz"];

const hostileCharacters = /[\u0000-\u001f\u007f\\:]|%2e|%2f|%5c/i;

function refuse(what: string, name: string, allowed: string): never {
  const shown = JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name);
  throw new ResidencyError("E_CONFIG", `Cannot use ${shown} as ${what}: give ${allowed}`);
}

/** Whether a text has the form `owner/name` of a repository on the hub. */
export function isRepoId(text: string): boolean {
  return (
    text.length <= 96 &&
    /^[A-Za-z0-9_][\w.-]*\/[A-Za-z0-9_][\w.-]*$/.test(text) &&
    !/--|\.\.|\.git$|[.-]\/|[.-]$/.test(text)
  );
}

/** Whether a text has the form of a repository's id, of which a few old ones are a `name` alone. */
export const isModelId = (id: string): boolean => isRepoId(id) || isRepoId(`owner/${id}`);

/** Gives back a repository's id, `owner/name` or `name`; throws E_CONFIG. */
export function checkRepoId(id: string): string {
  if (isModelId(id)) return id;
  return refuse(
    "a repository",
    id,
    "owner/name, of letters, digits, '-', '_' and '.', of at most 96 characters",
  );
}

/** Gives back a branch, tag or commit, such as `main` or `refs/pr/1`; throws E_CONFIG. */
export function checkRevision(revision: string): string {
  const fits = revision.length <= 200 && /^[\w.+/-]+$/.test(revision);
  if (fits && revision.split("/").every((part) => part !== "" && !/^\.|\.\.|\.lock$/.test(part))) {
    return revision;
  }
  return refuse("a revision", revision, "a branch, a tag or a commit, such as main");
}

/** Whether a text is a whole commit hash, which names the same files for ever. */
export function isCommit(revision: string): boolean {
  return /^[0-9a-f]{40}$/.test(revision);
}

/** Gives back a file's name within a repository: relative, with `/`, without `.` and `..`; throws E_CONFIG. */
export function checkFileName(name: string): string {
  const parts = name.split("/");
  const safe = name.length <= 1024 && !hostileCharacters.test(name);
  if (safe && parts.every((part) => part !== "" && part !== "." && part !== ".." && part.length <= 200)) {
    return name;
  }
  return refuse("a file name", name, "a relative path such as folder/file.json, without '..'");
}

/**
 * Whether a file may be a pickle, by its name.
 *
 * @example
 * isPickle("pytorch_model.bin"); // → true
 */
export function isPickle(name: string): boolean {
  return pickleEndings.some((ending) => name.toLowerCase().endsWith(ending));
}

/** Gives back the name of a file that may be fetched; throws E_CONFIG for pickles. */
export function checkFetchable(name: string): string {
  checkFileName(name);
  if (!isPickle(name)) return name;
  return refuse("a file to download", name, "a safetensors file: a pickle can run code when it is loaded");
}

/** The folder that a repository has in the cache, such as `models--owner--name`. */
export function repoFolderName(type: RepoType, id: string): string {
  return [`${type}s`, ...checkRepoId(id).split("/")].join("--");
}

/** A file name as a part of a URL. */
export function urlPath(name: string): string {
  return name.split("/").map(encodeURIComponent).join("/");
}

/**
 * Whether a name matches one of several patterns, in which `*` stands for any text and `?` for one character.
 *
 * @example
 * matchesPattern("data/train-0.parquet", ["data/*.parquet"]); // → true
 */
export function matchesPattern(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => matches(name, pattern.endsWith("/") ? `${pattern}*` : pattern));
}

// A regular expression made of a pattern may take exponential time; this takes at most name times pattern.
function matches(name: string, pattern: string): boolean {
  let [at, from, star, resume] = [0, 0, -1, 0];
  while (at < name.length) {
    if (from < pattern.length && pattern[from] === "*") {
      star = from++;
      resume = at;
    } else if (from < pattern.length && (pattern[from] === "?" || pattern[from] === name[at])) {
      at++;
      from++;
    } else if (star >= 0) {
      from = star + 1;
      at = ++resume;
    } else {
      return false;
    }
  }
  return /^\**$/.test(pattern.slice(from));
}
