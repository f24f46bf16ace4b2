/**
 * The requests that came in, kept for the caller to look at.
 *
 * @module
 */

/** One request that came in, parsed. */
export interface RecordedRequest {
  readonly method: string;
  /** As it was called, query included. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Fields of an `application/x-www-form-urlencoded` body; empty without one. */
  readonly form: Readonly<Record<string, string>>;
}

/** How many requests are kept, and how many characters they may have together. */
const REQUESTS_KEPT = 10_000;
const CHARACTERS_KEPT = 16_000_000;

/** Keeps the latest requests. */
export interface Recorder {
  /** Oldest first. The caller may take some out, or all. */
  readonly requests: RecordedRequest[];
  record(request: RecordedRequest): void;
}

/** A recorder that has nothing yet. */
export function createRecorder(): Recorder {
  const requests: RecordedRequest[] = [];
  const sizes = new WeakMap<RecordedRequest, number>();
  // At least what `requests` hold: it is not told when the caller takes some out.
  let total = 0;

  function record(request: RecordedRequest): void {
    const size = JSON.stringify(request).length;
    sizes.set(request, size);
    requests.push(request);
    total += size;
    if (total > CHARACTERS_KEPT) total = requests.reduce((sum, each) => sum + sizeOf(each), 0);
    while (requests.length > REQUESTS_KEPT || total > CHARACTERS_KEPT) {
      total -= sizeOf(requests.shift() as RecordedRequest);
    }
  }

  function sizeOf(request: RecordedRequest): number {
    return sizes.get(request) ?? 0;
  }

  return { requests, record };
}
