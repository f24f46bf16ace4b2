/**
 * `npm run reference-map`: writes `docs/reference-map.md`, and says what it lacks.
 *
 * @module
 */
import { writeReferenceMap } from "./reference-map.js";

const { problems } = writeReferenceMap();
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
