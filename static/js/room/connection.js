// The room's socket: opens it with the page's position, comes back after a break, and ends what has fallen silent. What the
// frames mean is the room's business.
import { SILENCE_MS } from './stale.js';

const BACKOFF_MS = [0, 1000, 2000, 4000, 8000, 15_000];
const FINAL_FROM = 4100;
const HARSH = new Set([1003, 1008, 1009]);

// How long to wait before attempt k; the spread keeps ten thousand watchers from coming back at once.
export function delayBefore(attempt, spread, retry = 0, random = Math.random()) {
  const base = BACKOFF_MS[Math.min(attempt, BACKOFF_MS.length - 1)];
  return retry + base * (0.5 + random / 2) + spread * random;
}

export class Connection {
  #socket = null;
  #timer = null;
  #silence = null;
  #attempt = 0;
  #ended = false;
  #turn = 0;

  // path: of the socket; spread: jitter in ms; position(): what to resume from, or null; hear(text, at); changed(state, detail)
  // with state connecting | open | reconnecting | off.
  constructor({ path, spread, position, hear, changed }) {
    Object.assign(this, { path, spread, position, hear, changed });
    addEventListener('online', () => this.#hurry());
    addEventListener('pagehide', () => this.#socket?.close());
    addEventListener('pageshow', (event) => event.persisted && this.#hurry());
  }

  async open() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#ended = false;
    this.#turn += 1;
    const turn = this.#turn;
    const position = await this.position();
    if (turn !== this.#turn) return;
    this.#socket?.close();
    const url = new URL(this.path, location.href);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    if (position) url.search = new URLSearchParams({ after: position.n, epoch: position.epoch, link: position.link });
    const socket = new WebSocket(url);
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      if (socket !== this.#socket) return;
      this.#watch();
      this.#attempt = 0;
      this.hear(data, performance.now());
    };
    socket.onopen = () => socket === this.#socket && this.changed('open');
    socket.onclose = ({ code, reason }) => socket === this.#socket && this.#closed(code, reason);
    this.#watch();
  }

  send(frame) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  // Gives this socket up and opens another.
  renew() {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    this.#closed(1006, '');
  }

  #closed(code, reason) {
    clearTimeout(this.#silence);
    this.#socket = null;
    if (this.#ended) return;
    if (code >= FINAL_FROM && code < 4200) {
      this.#ended = true;
      this.changed('off', code);
      return;
    }
    if (HARSH.has(code)) this.#attempt = BACKOFF_MS.length;
    this.changed('reconnecting', code);
    const wait = delayBefore(this.#attempt, this.spread, retryOf(reason));
    this.#attempt += 1;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.open(), wait);
  }

  #watch() {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.renew(), SILENCE_MS);
  }

  #hurry() {
    if (this.#timer === null || this.#ended) return;
    this.open();
  }
}

function retryOf(reason) {
  try {
    const { retry_ms: retry } = JSON.parse(reason);
    return Number.isFinite(retry) && retry >= 0 ? Math.min(retry, 60_000) : 0;
  } catch {
    return 0;
  }
}
