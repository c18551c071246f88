// Checks in this browser that the log fits together: each event must carry the SHA-1 of the bytes of the one before it.
// Events may come in any order; what was checked grows from the newest run.
import { canHash, sha1 } from './position.js';

const KEPT = 4096;

export class Chain {
  low = null;
  high = null;
  broken = null;
  #links = new Map();
  #hashes = new Map();
  #fits = new Set();
  #changed;

  constructor(changed = () => {}) {
    this.#changed = changed;
  }

  get state() {
    if (!canHash()) return 'cannot';
    if (this.broken !== null) return 'broken';
    return this.low === null ? 'none' : 'ok';
  }

  async add(n, link, raw) {
    if (!canHash() || this.#links.has(n)) return;
    this.#links.set(n, link);
    this.#hashes.set(n, await sha1(raw));
    if (n === 1 && link !== '') this.broken = 1;
    this.low ??= n;
    this.high ??= n;
    this.#compare(n - 1);
    this.#compare(n);
    this.#grow();
    if (this.#links.size > KEPT) this.#forget();
    this.#changed();
  }

  reset() {
    for (const kept of [this.#links, this.#hashes, this.#fits]) kept.clear();
    this.low = this.high = this.broken = null;
  }

  #compare(n) {
    const hash = this.#hashes.get(n);
    const link = this.#links.get(n + 1);
    if (hash === undefined || link === undefined) return;
    if (hash === link) this.#fits.add(n);
    else this.broken = n + 1;
  }

  #grow() {
    while (this.#fits.has(this.high)) this.high += 1;
    while (this.#fits.has(this.low - 1)) this.low -= 1;
  }

  #forget() {
    const [oldest] = this.#links.keys();
    for (const kept of [this.#links, this.#hashes, this.#fits]) kept.delete(oldest);
  }
}
