/** Loaded before a server (`node --import`), in its threads, too: its clock is HOLDFAST_TEST_CLOCK milliseconds ahead. */
const shift = Number(process.env.HOLDFAST_TEST_CLOCK ?? 0);
const RealDate = Date;

globalThis.Date = class extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(RealDate.now() + shift);
    else super(...args);
  }

  static now() {
    return RealDate.now() + shift;
  }
};
