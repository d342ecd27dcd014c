/** An adapter of the base model that ships, and the process of `residency serve` that answers with both. */
import { spawn, type ChildProcess } from "node:child_process";
import path from "node:path";
import {
  AutoModelForCausalLM,
  getPeftModel,
  LoraConfig,
  setBackend,
  type PeftModel,
} from "../../lib/index.ts";
import type { AnyCausalLM } from "../../lib/models/index.ts";
import { repositoryRoot } from "./paths.ts";

const main = path.join(repositoryRoot, "dist/cli/main.js");

/** The folder of the base model that ships. */
export const intern = path.join(repositoryRoot, "assets/intern");

/** Saves an adapter that is not trained, and changes the model all the same, in `folder`. The model is the caller's to dispose of. */
export async function saveAdapter(
  folder: string,
): Promise<{ model: AnyCausalLM; peft: PeftModel<AnyCausalLM> }> {
  await setBackend("residency-cpu");
  const model = await AutoModelForCausalLM.fromPretrained(intern);
  const config = new LoraConfig({
    ...{ r: 4, loraAlpha: 64, targetModules: ["q_proj", "v_proj"], initLoraWeights: false },
  });
  const peft = getPeftModel(model, config);
  await peft.savePretrained(folder, { baseModel: "intern" });
  return { model, peft };
}

/** Starts `residency serve` with an adapter, and gives the address that it tells; an error when it ends without one. */
export async function startServe(adapter: string): Promise<{ child: ChildProcess; address: string }> {
  const child = spawn(process.execPath, [main, "serve", adapter, "--json"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const told = await new Promise<string>((resolve, reject) => {
    child.stdout.once("data", (data: Buffer) => resolve(String(data)));
    child.once("close", (code) =>
      reject(new Error(`residency serve ended with ${code} before it told its address`)),
    );
  });
  const { address } = JSON.parse(told.split("\n")[0]!) as { address: string };
  return { child, address };
}
