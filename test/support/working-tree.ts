/** A clean folder with what a fresh clone of the working tree would have. */
import { execFile } from "node:child_process";
import { copyFile, mkdir, stat } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { repositoryRoot } from "./paths.ts";

/** Copies every file that git knows or would take into `target`, and nothing that it ignores. */
export async function copyWorkingTree(target: string): Promise<void> {
  const { stdout } = await promisify(execFile)(
    "git",
    ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
    { cwd: repositoryRoot, maxBuffer: 2 ** 26 },
  );
  for (const file of new Set(stdout.split("\0").filter((name) => name !== ""))) {
    const source = path.join(repositoryRoot, file);
    if (!(await stat(source).catch(() => undefined))?.isFile()) continue;
    await mkdir(path.dirname(path.join(target, file)), { recursive: true });
    await copyFile(source, path.join(target, file));
  }
}
