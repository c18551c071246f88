// The house's clock as seen from here. Each message bounds the offset: what the house stamped `now` was sent before it
// arrived, and a pong's `now` lies between our ping and its arrival.
const SAMPLES = 12;
const STEP_MS = 1000;

export class HouseClock {
  #local;
  #wall;
  #drift;
  #pongs = [];
  #floor = -Infinity;

  constructor(local = () => performance.timeOrigin + performance.now(), wall = Date.now) {
    this.#local = local;
    this.#wall = wall;
    this.#drift = wall() - local();
  }

  local() {
    return this.#local();
  }

  heard(now, at = this.#local()) {
    this.#floor = Math.max(this.#floor, now - at);
  }

  pong(sent, now, at = this.#local()) {
    this.heard(now, at);
    this.#pongs.push({ low: now - at, high: now + 1 - sent, trip: at - sent });
    if (this.#pongs.length > SAMPLES) this.#pongs.shift();
  }

  get #best() {
    return this.#pongs.reduce((best, pong) => (best && best.trip <= pong.trip ? best : pong), null);
  }

  get offset() {
    const best = this.#best;
    if (best) return (best.low + best.high) / 2;
    return Number.isFinite(this.#floor) ? this.#floor : 0;
  }

  // Half the width of what the offset can be; null while only one-way messages came.
  get error() {
    const best = this.#best;
    return best ? (best.high - best.low) / 2 : null;
  }

  // The slowest of the recent round trips; null before the first.
  get trip() {
    return this.#pongs.length ? Math.max(...this.#pongs.map((pong) => pong.trip)) : null;
  }

  now() {
    return this.#local() + this.offset;
  }

  // True when this machine slept or its clock was set: what was measured before counts no more.
  stepped() {
    const drift = this.#wall() - this.#local();
    if (Math.abs(drift - this.#drift) < STEP_MS) return false;
    this.#drift = drift;
    this.#pongs = [];
    this.#floor = -Infinity;
    return true;
  }
}
