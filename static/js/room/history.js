// Fetches what the socket did not bring: the past at the start, the holes that ticks declare, older rows on demand.
import { rawEvents } from './raw.js';

const PAGE = 1000;
const TRIES = 6;

export class History {
  #running = new Map();

  // Called with each fetched page as [[event, raw], …], in order.
  past = () => {};

  constructor(lot) {
    this.lot = lot;
  }

  // All of from..to, after a jitter of up to `spread` ms; resolves to whether all of it came. Under the epoch and the link
  // of event `to` a cache on the way may answer for all who miss the same.
  fill(from, to, { spread = 0, ...end } = {}) {
    const key = `${from}-${to}`;
    if (!this.#running.has(key)) {
      this.#running.set(key, this.#fetch(from, to, spread, end).finally(() => this.#running.delete(key)));
    }
    return this.#running.get(key);
  }

  async #fetch(from, to, spread, { epoch, link }) {
    await pause(Math.random() * spread);
    let next = from;
    for (let failed = 0; next <= to && failed < TRIES;) {
      const limit = Math.min(PAGE, to - next + 1);
      const page = await this.#page(next - 1, limit, epoch && link && next + limit > to ? { epoch, link } : {});
      if (page?.length) {
        this.past(page);
        next = page.at(-1)[0].n + 1;
        failed = 0;
      } else {
        failed += 1;
        await pause(500 * 2 ** failed * (0.5 + Math.random() / 2));
      }
    }
    return next > to;
  }

  async #page(after, limit, end) {
    const query = new URLSearchParams({ after, limit, ...end });
    try {
      const response = await fetch(`/api/v1/lots/${this.lot}/events?${query}`, { signal: AbortSignal.timeout(8000) });
      if (!response.ok) return null;
      return rawEvents(await response.text()).map((raw) => [JSON.parse(raw), raw]);
    } catch {
      return null;
    }
  }
}

const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });
