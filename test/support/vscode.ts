/** VS Code with a saved notebook in a real browser (code-server, which is VS Code), for tests of what a person sees. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Browser, FrameLocator, Page } from "playwright-core";
import { freePorts } from "../../kernel/client/index.ts";
import { launchChromium, missingChromium } from "./chromium.ts";

/** A notebook that is open in VS Code. */
export interface VsCodeSession {
  page: Page;
  /** The page inside the notebook in which VS Code shows all outputs. */
  outputs: FrameLocator;
  /** Scrolls the notebook down until the outputs hold something that matches, since VS Code renders what is near only. */
  scrollTo(selector: string): Promise<void>;
  /** Keeps a picture where RESIDENCY_SCREENSHOTS names a folder. */
  screenshot(name: string): Promise<void>;
  close(): Promise<void>;
}

/** How VS Code is set up. */
export interface VsCodeOptions {
  /** The name of a colour theme that VS Code brings. */
  theme?: string;
}

const startTimeoutMs = 60_000;
/** VS Code marks its start's steps; a notebook that is opened before this one is shown as JSON. */
const extensionsAreKnown = "performance.getEntriesByName('code/didLoadExtensions').length > 0";

/** What is missing for these tests, as a sentence, or undefined when they can run. */
export function missingForVsCode(): string | undefined {
  const missing = missingChromium();
  if (missing !== undefined) return missing;
  const { error, status } = spawnSync(codeServer(), ["--version"], { env: environment() });
  return error === undefined && status === 0
    ? undefined
    : `${codeServer()} cannot be started; RESIDENCY_CODE_SERVER_BIN names the folder of it and of its Node`;
}

/** Opens a notebook's file in a VS Code of its own, without extensions but those that VS Code brings. */
export async function openInVsCode(text: string, { theme }: VsCodeOptions = {}): Promise<VsCodeSession> {
  const home = await mkdtemp(path.join(os.tmpdir(), "residency-vscode-"));
  const folder = path.join(home, "notebooks");
  const settings = path.join(home, "data/User/settings.json");
  await mkdir(folder);
  await mkdir(path.dirname(settings), { recursive: true });
  await writeFile(path.join(folder, "notebook.ipynb"), text);
  await writeFile(
    settings,
    JSON.stringify({
      "chat.disableAIFeatures": true,
      "extensions.autoCheckUpdates": false,
      "telemetry.telemetryLevel": "off",
      "workbench.editorAssociations": { "*.ipynb": "jupyter-notebook" },
      "workbench.secondarySideBar.defaultVisibility": "hidden",
      "workbench.startupEditor": "none",
      ...(theme === undefined ? {} : { "workbench.colorTheme": theme }),
    }),
  );
  const { address, stop } = await startServer(home);
  let browser: Browser | undefined;
  try {
    browser = await launchChromium();
    const page = await browser.newPage({ viewport: { width: 1280, height: 1800 } });
    page.setDefaultTimeout(startTimeoutMs);
    await page.goto(`${address}/?folder=${encodeURIComponent(folder)}`, { waitUntil: "commit" });
    const entry = page.getByRole("treeitem", { name: "notebook.ipynb" });
    await entry.waitFor();
    await page.waitForFunction(extensionsAreKnown);
    await entry.dblclick();
    const notebook = page.locator(".notebookOverlay").first();
    await notebook.waitFor();
    const outputs = page.frameLocator("iframe.webview.ready").frameLocator("#active-frame");
    await outputs.locator(".output").first().waitFor({ state: "attached" });
    const opened = browser;
    return {
      page,
      outputs,
      async scrollTo(selector) {
        await notebook.hover();
        const deadline = performance.now() + startTimeoutMs;
        while (!(await outputs.locator(selector).first().isVisible())) {
          if (performance.now() > deadline) throw new Error(`no output has ${selector}`);
          await page.mouse.wheel(0, 600);
          await sleep(200);
        }
        await outputs.locator(selector).first().scrollIntoViewIfNeeded();
      },
      async screenshot(name) {
        const screenshots = process.env["RESIDENCY_SCREENSHOTS"];
        if (screenshots !== undefined) await page.screenshot({ path: path.join(screenshots, `${name}.png`) });
      },
      async close() {
        await opened.close();
        await stop();
      },
    };
  } catch (error) {
    await browser?.close();
    await stop();
    throw error;
  }
}

async function startServer(home: string): Promise<{ address: string; stop: () => Promise<void> }> {
  const [port = 0] = await freePorts(1);
  const options = [
    ["--auth", "none"],
    ["--bind-addr", `127.0.0.1:${port}`],
    ["--user-data-dir", path.join(home, "data")],
    ["--extensions-dir", path.join(home, "extensions")],
    ["--disable-telemetry", "--disable-update-check", "--disable-workspace-trust"],
  ];
  const server = spawn(codeServer(), options.flat(), {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...environment(), HOME: home, XDG_CONFIG_HOME: path.join(home, "config") },
    // The server starts processes of its own, which end with the group.
    detached: true,
  });
  let log = "";
  for (const stream of [server.stdout, server.stderr])
    stream.setEncoding("utf8").on("data", (part: string) => (log = (log + part).slice(-20_000)));
  const exited = new Promise<void>((resolve) => server.once("close", () => resolve()));
  const stop = async (): Promise<void> => {
    try {
      process.kill(-(server.pid ?? 0), "SIGKILL");
    } catch {
      // It has ended already.
    }
    await exited;
    await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  const address = `http://127.0.0.1:${port}`;
  const deadline = performance.now() + startTimeoutMs;
  while (!(await answers(`${address}/healthz`))) {
    if (performance.now() > deadline || server.exitCode !== null) {
      await stop();
      throw new Error(`code-server did not answer within ${startTimeoutMs} ms. It printed:\n${log}`);
    }
    await sleep(100);
  }
  return { address, stop };
}

function codeServer(): string {
  const folder = process.env["RESIDENCY_CODE_SERVER_BIN"];
  const program = folder === undefined ? undefined : path.join(folder, "code-server");
  return program !== undefined && existsSync(program) ? program : "code-server";
}

/** The folder comes first, since code-server is started by the Node that lies beside it and needs another than ours. */
function environment(): NodeJS.ProcessEnv {
  const folder = process.env["RESIDENCY_CODE_SERVER_BIN"];
  const search = process.env["PATH"] ?? "";
  return { ...process.env, PATH: folder === undefined ? search : `${folder}${path.delimiter}${search}` };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}
