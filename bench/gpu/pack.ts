/** `npm run bench:gpu:pack -- FOLDER`: all that bench/gpu.sh needs on a machine without Node and without a network. */
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "../../..");

/** What the benchmark imports, with all that these depend on. */
const packages = [
  "@tensorflow/tfjs-core",
  "@tensorflow/tfjs-layers",
  "@tensorflow/tfjs-backend-cpu",
  "@tensorflow/tfjs-backend-webgpu",
  "webgpu",
];

interface PackageJson {
  main?: string;
  dependencies?: Record<string, string>;
}

const isNeeded = (file: string): boolean => !/\.(map|d\.ts|md|tgz)$|\/(test|docs?)$/.test(file);

/** The files of a package that this platform loads; undefined for all of them. */
function filesOf(name: string, { main }: PackageJson): string[] | undefined {
  if (name.startsWith("@tensorflow/")) return [main!];
  if (name === "webgpu") return ["index.js", `dist/${process.platform}-${process.arch}`];
  // Types alone.
  return name.startsWith("@types/") || name === "@webgpu/types" ? [] : undefined;
}

function copyPackage(name: string, into: string, copied: Set<string>): void {
  if (copied.has(name)) return;
  copied.add(name);
  const from = path.join(root, "node_modules", name);
  if (!fs.existsSync(from)) throw new Error(`${name} is not installed: npm ci`);
  const json = JSON.parse(fs.readFileSync(path.join(from, "package.json"), "utf8")) as PackageJson;
  const files = filesOf(name, json);
  for (const file of files ? ["package.json", ...files] : ["."]) {
    fs.cpSync(path.join(from, file), path.join(into, "node_modules", name, file), {
      recursive: true,
      filter: isNeeded,
    });
  }
  for (const dependency of Object.keys(json.dependencies ?? {})) copyPackage(dependency, into, copied);
}

/** Vulkan's loader of this machine, for machines that have a driver but no loader. */
function vulkanLoader(): string | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    const list = execFileSync("ldconfig", ["-p"], { encoding: "utf8" });
    return /libvulkan\.so\.1 .*=> (.*)$/m.exec(list)?.[1];
  } catch {
    return undefined;
  }
}

/** Packs the folder; it must not exist yet, so that nothing of an older one stays. */
function pack(folder: string): void {
  if (fs.existsSync(folder)) throw new Error(`${folder} exists: remove it or name another folder`);
  fs.mkdirSync(folder, { recursive: true });
  for (const part of ["dist/lib", "dist/bench/gpu"]) {
    fs.cpSync(path.join(root, part), path.join(folder, part), { recursive: true, filter: isNeeded });
  }
  const copied = new Set<string>();
  for (const name of packages) copyPackage(name, folder, copied);
  fs.writeFileSync(path.join(folder, "package.json"), '{ "type": "module" }\n');
  fs.copyFileSync(process.execPath, path.join(folder, "node"));
  fs.copyFileSync(path.join(root, "bench/gpu.sh"), path.join(folder, "gpu.sh"));
  fs.mkdirSync(path.join(folder, "bench/peers"), { recursive: true });
  fs.copyFileSync(path.join(root, "bench/peers/torch_gpu.py"), path.join(folder, "bench/peers/torch_gpu.py"));
  const loader = vulkanLoader();
  if (loader !== undefined) {
    fs.mkdirSync(path.join(folder, "vulkan"));
    fs.copyFileSync(loader, path.join(folder, "vulkan/libvulkan.so.1"));
  }
}

const sizeOf = (folder: string): number =>
  fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + fs.statSync(path.join(entry.parentPath, entry.name)).size, 0);

const [folder] = process.argv.slice(2);
if (folder === undefined || folder.startsWith("-")) {
  process.stdout.write("Usage: npm run bench:gpu:pack -- FOLDER\n");
  process.exitCode = folder === "--help" ? 0 : 1;
} else {
  pack(path.resolve(folder));
  const mebibytes = (sizeOf(folder) / 2 ** 20).toFixed(0);
  process.stdout.write(
    `${folder}: ${mebibytes} MiB; run ${path.join(folder, "gpu.sh")} on the machine with the GPU\n`,
  );
}
