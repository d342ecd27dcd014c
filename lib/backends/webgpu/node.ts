/** The adapters of Node, through Dawn, which the optional npm package `webgpu` brings. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { ResidencyError } from "../../errors.ts";
import { adapterInfo, describeAdapter, type FoundAdapter } from "./adapters.ts";

/** What we use of the package `webgpu`. */
interface DawnModule {
  /** Options are Dawn's, such as "backend=vulkan" and "adapter=NAME". */
  create: (options: string[]) => GPU;
  /** GPUBufferUsage, GPUDevice and so on, which browsers have as globals. */
  globals: Record<string, unknown>;
}

/** Interfaces whose adapters can compute; the others lack what WebGPU needs, or compute nothing. */
const usableApis = new Set(["vulkan", "d3d12", "metal"]);

/**
 * Dawn frees an instance together with its JavaScript object, whatever still uses it, and then the process crashes: so
 * the entry points are held to the end.
 */
const heldEntryPoints: GPU[] = [];

function createEntryPoint({ create }: DawnModule, options: string[]): GPU {
  const gpu = create(options);
  heldEntryPoints.push(gpu);
  return gpu;
}

async function loadDawn(): Promise<DawnModule> {
  // The name is computed so that type checking does not need a package that is optional.
  const packageName = "webgpu";
  try {
    return (await import(packageName)) as DawnModule;
  } catch (error) {
    throw new ResidencyError(
      "E_BACKEND",
      `Cannot load Dawn (${(error as Error).message.split("\n")[0]!}): install it with npm install webgpu@0.6.2`,
      { cause: error },
    );
  }
}

/** Where Vulkan's loader looks for drivers; Dawn complains on the terminal when it finds none, so we look first. */
function vulkanDriverFiles(environment: NodeJS.ProcessEnv): string[] {
  const named = ["VK_DRIVER_FILES", "VK_ICD_FILENAMES", "VK_ADD_DRIVER_FILES"]
    .flatMap((variable) => (environment[variable] ?? "").split(path.delimiter))
    .filter((file) => file !== "" && fs.existsSync(file));
  if (environment["VK_DRIVER_FILES"] ?? environment["VK_ICD_FILENAMES"]) return named;
  const home = os.homedir();
  const dataFolders = [
    environment["XDG_CONFIG_HOME"] ?? path.join(home, ".config"),
    environment["XDG_DATA_HOME"] ?? path.join(home, ".local/share"),
    ...(environment["XDG_CONFIG_DIRS"] ?? "/etc/xdg").split(":"),
    ...(environment["XDG_DATA_DIRS"] ?? "/usr/local/share:/usr/share").split(":"),
    "/etc",
  ];
  const found = dataFolders.flatMap((folder) => {
    const drivers = path.join(folder, "vulkan", "icd.d");
    return fs.existsSync(drivers) ? fs.readdirSync(drivers).map((name) => path.join(drivers, name)) : [];
  });
  return [...named, ...found.filter((file) => file.endsWith(".json"))];
}

/** Every adapter as Dawn names them; the list comes with its refusal of a name that no adapter has. */
async function adapterNames(dawn: DawnModule): Promise<{ api: string; name: string }[]> {
  let answer: unknown;
  try {
    await createEntryPoint(dawn, ["adapter=residency lists the adapters"]).requestAdapter();
  } catch (error) {
    answer = error;
  }
  const text = answer instanceof Error ? answer.message : "";
  return [...text.matchAll(/backend: '([^']*)', name: '(.*)'$/gm)]
    .map(([, api = "", name = ""]) => ({ api, name }))
    .filter(({ api }) => usableApis.has(api));
}

/**
 * The adapters of this machine, the one that the driver calls fastest first.
 *
 * @throws ResidencyError E_BACKEND when Dawn is missing, does not load, or has no driver to look for.
 */
export async function nodeAdapters(): Promise<FoundAdapter[]> {
  if (process.platform === "linux" && vulkanDriverFiles(process.env).length === 0) {
    throw new ResidencyError(
      "E_BACKEND",
      "Cannot use a GPU: no Vulkan driver is installed (no file vulkan/icd.d/*.json)",
    );
  }
  const dawn = await loadDawn();
  for (const [name, value] of Object.entries(dawn.globals)) {
    if (!(name in globalThis)) {
      Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
    }
  }
  const found: FoundAdapter[] = [];
  for (const { api, name } of await adapterNames(dawn)) {
    const gpu = createEntryPoint(dawn, [`backend=${api}`, `adapter=${name}`]);
    const adapter = await gpu.requestAdapter();
    if (!adapter) continue;
    found.push({ ...describeAdapter(adapterInfo(adapter), name, api), open: () => Promise.resolve(adapter) });
  }
  const preferred = await createEntryPoint(dawn, []).requestAdapter({ powerPreference: "high-performance" });
  if (!preferred) return found;
  const { vendor, architecture } = adapterInfo(preferred);
  const isPreferred = (adapter: FoundAdapter): boolean =>
    adapter.vendor === vendor && adapter.architecture === architecture;
  return [...found.filter(isPreferred), ...found.filter((adapter) => !isPreferred(adapter))];
}
