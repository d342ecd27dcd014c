/** JupyterLab with a notebook in a real browser, for tests of what a person sees; undefined where a program is missing. */
import { execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { chromium } from "playwright-core";
import type { Browser, Page } from "playwright-core";
import { serializeNotebook } from "../../kernel/index.ts";
import { notebookOf } from "./notebooks.ts";
import { repositoryRoot } from "./paths.ts";

/** A notebook that is open in JupyterLab. */
export interface LabSession {
  page: Page;
  /** The notebook's file. */
  file: string;
  /** Resolves when the page has loaded and the notebook's kernel is idle. */
  connected(): Promise<void>;
  /** Runs a command of JupyterLab, such as "notebook:run-all-cells". */
  command(id: string): Promise<void>;
  close(): Promise<void>;
}

const chromiumPaths = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** What is missing for these tests, as a sentence, or undefined when they can run. */
export function missingForLab(extension?: string): string | undefined {
  if (!chromiumPaths.some((file) => existsSync(file))) return "Chromium is not installed";
  try {
    execFileSync("jupyter", ["lab", "--version"], { stdio: "ignore" });
    const paths = execFileSync("jupyter", ["--paths", "--json"], { encoding: "utf8" });
    const { data } = JSON.parse(paths) as { data: string[] };
    if (
      extension === undefined ||
      data.some((one) => existsSync(path.join(one, "labextensions", extension)))
    ) {
      return undefined;
    }
    return `JupyterLab's extension ${extension} is not installed`;
  } catch {
    return "the command `jupyter lab` is not installed";
  }
}

/** Opens a notebook of these cells in JupyterLab and waits until the kernel is idle. */
export async function openInLab(...sources: string[]): Promise<LabSession> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "residency-lab-"));
  const work = path.join(folder, "work");
  await mkdir(work);
  const file = path.join(work, "notebook.ipynb");
  await writeFile(file, serializeNotebook(notebookOf(...sources)));
  const cli = path.join(repositoryRoot, "dist/cli/main.js");
  execFileSync(process.execPath, [cli, "kernel", "install", "--prefix", folder]);
  const port = await freePort();
  const settings = ["--no-browser", `--port=${port}`, "--IdentityProvider.token=", "--allow-root"];
  settings.push(`--ServerApp.root_dir=${work}`, "--LabApp.expose_app_in_browser=True");
  settings.push("--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate");
  const server = spawn("jupyter", ["lab", ...settings], {
    env: {
      ...process.env,
      HOME: folder,
      JUPYTER_CONFIG_DIR: path.join(folder, "config"),
      JUPYTER_RUNTIME_DIR: path.join(folder, "runtime"),
      JUPYTER_PATH: path.join(folder, "share/jupyter"),
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let log = "";
  server.stderr.setEncoding("utf8").on("data", (text: string) => (log += text));
  const exited = new Promise<void>((resolve) => server.once("close", () => resolve()));
  let browser: Browser | undefined;
  const close = async (): Promise<void> => {
    await browser?.close();
    server.kill("SIGTERM");
    const timer = setTimeout(() => server.kill("SIGKILL"), 5000);
    await exited;
    clearTimeout(timer);
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const address = `http://127.0.0.1:${port}`;
    for (let tries = 0; !(await answers(`${address}/api`)); tries++) {
      if (tries > 150) throw new Error(`JupyterLab did not start: ${log}`);
      await sleep(200);
    }
    const executablePath = chromiumPaths.find((one) => existsSync(one)) ?? "";
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
    const page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
    const connected = async (): Promise<void> => {
      // The indicator says "idle" before there is a kernel; commands would then ask for one.
      const isIdle =
        "window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'";
      await page.waitForFunction(isIdle, undefined, { timeout: 60_000 });
    };
    const command = async (id: string): Promise<void> => {
      await page.evaluate(`window.jupyterapp.commands.execute(${JSON.stringify(id)})`);
    };
    await page.goto(`${address}/lab/tree/notebook.ipynb?reset`);
    await connected();
    return { page, file, connected, command, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await new Promise<number>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
  await new Promise((resolve) => server.close(resolve));
  return port;
}
