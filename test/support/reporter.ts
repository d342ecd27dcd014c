/** The mocha reporter: spec output, then one line "N passed, N failed, N skipped" that machines read. */
import mocha from "mocha";

/** Prints each skipped test's name again at the end, so that nothing is left out unseen. */
export default class CountingReporter extends mocha.reporters.Spec {
  constructor(runner: mocha.Runner, options?: mocha.MochaOptions) {
    super(runner, options);
    const skipped: string[] = [];
    runner.on(mocha.Runner.constants.EVENT_TEST_PENDING, (test) => skipped.push(test.fullTitle()));
    runner.once(mocha.Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures } = this.stats;
      for (const title of skipped) process.stdout.write(`skipped: ${title}\n`);
      process.stdout.write(`\n${passes} passed, ${failures} failed, ${skipped.length} skipped\n`);
    });
  }
}
