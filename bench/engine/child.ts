/** The process that does one job, so that its peak memory is that job's: its argument is the job, its output JSON lines. */
import { ResidencyError } from "../../lib/errors.ts";
import { trainForCheck } from "./check-losses.ts";
import type { Job } from "./job.ts";
import { measureWorkload, startBackend } from "./measure-workload.ts";
import { measureOperations } from "./operations.ts";

const print = (line: object): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

async function run(job: Job): Promise<void> {
  switch (job.task) {
    case "backend":
      print(await startBackend());
      return;
    case "workload":
      print(await measureWorkload(job.workload, job.seconds));
      return;
    case "check":
      print(await trainForCheck(job.workload, job.file));
      return;
    case "operations": {
      const { engine } = await startBackend();
      for await (const timing of measureOperations(job)) print({ engine, ...timing });
    }
  }
}

try {
  // The parent is this project's own main.ts.
  await run(JSON.parse(process.argv[2] ?? "") as Job);
} catch (error) {
  if (!(error instanceof ResidencyError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
