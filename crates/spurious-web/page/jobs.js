/** Long work, cut into pieces, each of which the library does in some milliseconds. The worker runs these one after the other. */

/** Random starts of a piece: few, so that something is seen at once. */
const PIECE = 50;
/** Students of a piece. */
const STUDENTS = 25;

/** Random starts, counted. */
function* rain(engine, { setting, runs }) {
  let counts = null;
  for (let first = 0; first < runs; first += PIECE) {
    const size = Math.min(PIECE, runs - first);
    const piece = engine.batch({ ...setting, first, runs: size, before: counts });
    counts = piece.counts;
    yield piece;
  }
}

/** Students of one filter, of two, and so on. */
function* width(engine, { setting, filters, runs }) {
  for (let count = 1; count <= filters; count += 1) {
    let before = null;
    for (let first = 0; first < runs; first += STUDENTS) {
      const size = Math.min(STUDENTS, runs - first);
      before = engine.width({ ...setting, filters: count, first, runs: size, before });
      yield { row: before, done: (count - 1) * runs + first + size };
    }
  }
}

/** The law of independent tickets for one filter, two, and so on; one student of each comes with it. */
function* law(engine, { setting, filters }) {
  for (let count = 1; count <= filters; count += 1) {
    yield engine.width({ ...setting, filters: count, first: 0, runs: 1 }).law_probability;
  }
}

/** Probabilities over patches and sum ratios, row by row. */
function* tiles(engine, { setting, patches, sumRatios }) {
  for (const [row, ratio] of sumRatios.entries()) {
    yield { row, ...engine.tiles({ ...setting, patches, sum_ratios: [ratio] }) };
  }
}

/** Runs of algorithms, one after the other. */
function* compare(engine, { question }) {
  for (const algorithm of question.algorithms) yield engine.compare({ ...question, algorithms: [algorithm] });
}

/** One exact probability; it takes too long for a frame. */
function* probability(engine, { setting }) {
  yield engine.probability(setting);
}

/** Jobs by name. */
export const JOBS = { rain, width, law, compare, tiles, probability };
